"""Hydrates the server-sent events of each API."""
