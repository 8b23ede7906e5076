"""The commands: each a few lines over the public SDK."""
