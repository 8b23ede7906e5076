"""The asyncio facade, by hand; liminal/_sync is derived from it."""
