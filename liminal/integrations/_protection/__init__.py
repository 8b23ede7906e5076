"""Protects a model's API for any library that calls it: JSON in, JSON out.

``fields`` classifies the fields of requests, ``outgoing`` cleanses a request, ``envelope`` checks
its headers and query, ``incoming`` and ``events`` hydrate the answer. They are generators that
yield questions to Liminal and are sent the answers (``steps``), so that one source serves blocking
and asynchronous clients.
"""
