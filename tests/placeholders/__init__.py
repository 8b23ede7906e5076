"""Tests of what placeholders stand for, learned and put back."""
