"""The tests; ``tests/_sync`` is derived from ``tests/_async``."""
