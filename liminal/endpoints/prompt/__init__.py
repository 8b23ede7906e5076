"""The prompt service."""
