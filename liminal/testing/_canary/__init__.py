"""Finds a text where it must not show; ``liminal.testing`` exports ``Canary``."""
