"""Stand-ins for a model's service; ``liminal.testing`` exports what is public."""
