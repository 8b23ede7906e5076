"""Streams of answers: lines and chunks, whole or cut off, and the placeholders in their text.

Bytes of a body come in, chunks go out; texts come in, hydrated texts go out. Pure: imports
``liminal.streaming``, ``liminal.errors`` and the generated models, opens nothing and waits for
nothing.
"""
