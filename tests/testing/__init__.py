"""Tests of ``liminal.testing``."""
