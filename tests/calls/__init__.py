"""Tests of one call: options, deadline, address, body, codings, when to try again."""
