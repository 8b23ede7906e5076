"""The identity provider that the sandbox runs, as an ASGI application with its own certificate."""
