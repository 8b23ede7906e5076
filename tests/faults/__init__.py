"""What networks and broken servers do, and what the SDK makes of it."""
