"""What networks and broken servers do, and how the SDK handles it."""
