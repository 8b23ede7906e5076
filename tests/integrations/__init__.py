"""Tests of clients of other libraries that Liminal protects."""
