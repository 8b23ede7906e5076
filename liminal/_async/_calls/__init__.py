"""Runs a call from its first try to its result: retries, renewals and the reading of answers."""
