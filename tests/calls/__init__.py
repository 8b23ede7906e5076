"""Tests of one call: options, clock, address, body, codings, when to try again."""
