"""Bulk runs as values: the rate, the journal, what survives a kill."""
