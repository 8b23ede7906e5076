"""Sockets of threads, asyncio and trio: to connect, read, write, wait, wake and close, no more.

What is written and what was read means nothing here: TLS and HTTP are ``_http``'s. The clock that
bounds each wait is here as well.
"""
