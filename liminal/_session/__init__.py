"""The session: its value and lifetime, signing, login, shared renewal, listeners.

Unsigned requests and answers come in; signed requests and renewed sessions go out. May import
``_calls``, ``_http`` and ``auth``, nothing of the facade.
"""
