"""Compares two Python packages: whether callers' code still runs, and passes a type checker."""
