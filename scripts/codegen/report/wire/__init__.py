"""Compares two contracts: whether a client of the older one works with the newer service."""
