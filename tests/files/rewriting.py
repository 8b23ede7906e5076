"""Rewrites content in memory, like a run."""

import io
from collections.abc import Callable

from liminal.cli._files.formats.slots import Format


def texts_of(form: Format, content: bytes) -> list[str]:
    """Return the texts that would be sent."""
    source = io.BytesIO(content)
    form.check(source)
    source.seek(0)
    return [slot.text for slot in form.slots(source)]


def rewritten(form: Format, content: bytes, change: Callable[[str], str]) -> bytes:
    """Return the content with changed texts."""
    source, target = io.BytesIO(content), io.BytesIO()
    form.check(source)
    source.seek(0)
    slots = list(form.slots(source))
    source.seek(0)
    rewriting = form.rewriting(source, target)
    for slot in slots:
        rewriting.put(slot, change(slot.text))
    rewriting.finish()
    rewriting.abandon()
    return target.getvalue()
