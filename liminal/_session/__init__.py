"""The session: its value and lifetime, login, shared renewal, listeners.

Logins and answers come in; the session that requests are signed with goes out. May import
``_calls``, ``_http`` and ``auth``, nothing of the facade.
"""
