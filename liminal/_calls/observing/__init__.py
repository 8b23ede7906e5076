"""How calls are observed: their reports, log records and traces."""
