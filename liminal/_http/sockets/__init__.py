"""Sockets of threads, asyncio and trio: connecting, reading, writing, waiting, waking, closing.

TLS and HTTP are in the folder above. The deadlines that bound each wait are here as well.
"""
