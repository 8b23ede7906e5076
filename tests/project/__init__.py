"""Tests of the project itself: its floors, its package, its documents, its chores."""
