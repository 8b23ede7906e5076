"""Tests of what is made of a stream's bytes: events, lines, chunks."""
