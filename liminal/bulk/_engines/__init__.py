"""Bulk runs in the worker processes of Ray, Dask and Spark: ``Recipe`` and ``Cleanser``.

Nothing here imports an engine, pandas or pyarrow: their objects come from the caller.
"""

from .cleanser import Cleanser
from .recipe import Recipe

__all__ = ["Cleanser", "Recipe"]
