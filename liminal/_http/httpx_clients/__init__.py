"""A caller's own client of httpx or httpx2, and libraries that replace or wrap httpx's transports.

The only place that knows the internals of those libraries.
"""
