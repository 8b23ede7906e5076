"""Bulk runs: the results of ``client.bulk``, and its parts.

The rate, the results and the journal are values and a file. The two ways to run, in threads and in
tasks, stand side by side. Only ``Recipe`` and ``Cleanser``, for runs on many machines, know the
facade.
"""

from ._engines import Cleanser, Recipe
from ._result import BulkResult
from ._tasks import AsyncBulkResults
from ._threads import BulkResults

__all__ = ["AsyncBulkResults", "BulkResult", "BulkResults", "Cleanser", "Recipe"]
