"""Tests of the sandbox, over plain HTTP."""
