"""Protects the API of a model, as JSON, for any library that calls it.

``fields`` classifies the fields of requests, ``outgoing`` cleanses a request, ``envelope`` checks
its headers and query, ``incoming`` and ``events`` hydrate the answer. They are generators that
yield questions to Liminal and are sent the answers (``steps``), so that one source serves blocking
and asynchronous clients.
"""
