"""The pure parts below the facade: decisions, clocks, bodies, addresses."""
