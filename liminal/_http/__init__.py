"""Connections: how they are made, secured, reused and closed; and a caller's own client.

A request goes from ``http`` (what a client sends on) to ``pool`` (its connections) to
``connection``: an ``exchange`` of HTTP/1.1, with ``tls`` and the stages of a ``route``, over
``sockets``. A ``body`` reads its answer. ``httpx_clients`` sends on a caller's client instead,
``settings`` holds addresses, proxies and options, and ``loops`` reaches event loops from outside.

The only place that knows sockets, TLS, proxies and the internals of httpx. Imports nothing of the
floors above: calls, sessions, facade.
"""
