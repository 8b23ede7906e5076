"""The ways in: providers, device code against a local authority, caches and session files."""
