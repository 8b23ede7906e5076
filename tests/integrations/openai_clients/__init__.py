"""Clients of the ``openai`` package, protected."""
