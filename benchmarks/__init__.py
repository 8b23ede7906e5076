"""Measures this SDK against the alternatives: ``python -m benchmarks.<name>``."""
