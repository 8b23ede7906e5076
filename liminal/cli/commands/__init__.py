"""The commands, which use the public SDK."""
