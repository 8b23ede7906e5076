"""Finds texts where they must not appear; ``liminal.testing`` exports ``Canary``."""
