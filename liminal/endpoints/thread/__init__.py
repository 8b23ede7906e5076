"""The thread service."""
