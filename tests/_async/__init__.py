"""Tests of the facade, by hand for asyncio and trio; tests/_sync is derived from them."""
