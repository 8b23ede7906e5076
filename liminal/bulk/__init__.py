"""Bulk runs: the results of ``client.bulk``, and its parts.

A run makes its calls in tasks (``_tasks``) or in threads (``_threads``); all else is shared by
both. Only ``Recipe`` and ``Cleanser``, for runs on many machines, use the facade.
"""

from ._engines import Cleanser, Recipe
from ._result import BulkResult
from ._tasks import AsyncBulkResults
from ._threads import BulkResults

__all__ = ["AsyncBulkResults", "BulkResult", "BulkResults", "Cleanser", "Recipe"]
