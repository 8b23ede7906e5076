"""Tests of protected clients of other libraries."""
