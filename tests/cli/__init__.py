"""Tests of the command ``liminal``."""
