"""Measures what the SDK survives: ``./scripts/soak``."""
