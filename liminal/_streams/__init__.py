"""Streams of answers: lines and chunks, whole or cut off, and the placeholders in their text.

Bytes of a body come in, chunks go out; texts come in, hydrated texts go out. Pure: opens
nothing and waits for nothing. May import ``liminal.streaming``, ``liminal.placeholders``,
``liminal.errors``, the generated models, and of ``_calls`` the checks and ``discreet``.
"""
