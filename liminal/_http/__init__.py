"""Connections: how they are made, secured, kept, waited for and closed; and a caller's own client.

The only place that knows sockets, TLS, proxies and the internals of httpx. A request comes in, a
response with an unread body goes out. Imports nothing of the floors above: calls, sessions, facade.
"""
