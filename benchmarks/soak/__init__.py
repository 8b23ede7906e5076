"""What the SDK survives, in figures: ``./scripts/soak``."""
