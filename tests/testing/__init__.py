"""Tests of ``liminal.testing``: what we give to users' tests."""
