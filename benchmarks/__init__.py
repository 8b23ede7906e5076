"""Measurements, each against what users would take otherwise: ``python -m benchmarks.<name>``."""
