"""Reads ``openapi/liminal.yaml``, checks it against the specification, lists its operations."""
