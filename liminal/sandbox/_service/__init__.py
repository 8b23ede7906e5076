"""The service that the sandbox runs: its API as an ASGI application, its data and its detection."""
