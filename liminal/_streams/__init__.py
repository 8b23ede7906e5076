"""Streams of answers: lines, chunks, and what tells a whole answer from one that was cut off.

Bytes of a body come in, chunks go out. Pure: imports ``liminal.streaming`` and the generated
models, opens nothing and waits for nothing.
"""
