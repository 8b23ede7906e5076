"""``liminal analyze``, ``liminal cleanse`` and ``liminal hydrate``."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from liminal.cli import _console
from liminal.cli._input import File, read_text
from liminal.cli._options import Json, Model, Thread, model_instance_id
from liminal.cli._pieces import in_pieces
from liminal.cli._signin import connect


def analyze(file: File = None, *, model: Model = None, json: Json = False) -> None:
    """Find sensitive text. Nothing is replaced."""
    text = read_text(file)
    found: list[dict[str, Any]] = []
    if text:
        with connect() as client:
            instance = model_instance_id(client, model)
            for begin, answer in in_pieces(
                text, lambda piece: client.prompt.analyze(instance, piece)
            ):
                found += [_finding(finding, begin) for finding in answer.findings]
    found.sort(key=lambda finding: finding["start"])
    if json:
        return _console.emit_json(found)
    return _console.emit_table(
        ("START", "END", "TYPE", "SCORE", "TEXT"),
        [(f["start"], f["end"], f["type"], f"{f['score']:.2f}", f["text"]) for f in found],
    )


def _finding(finding: Any, begin: int) -> dict[str, Any]:
    return {
        "start": begin + finding.start,
        "end": begin + finding.end,
        "type": str(finding.type),
        "score": finding.score,
        "policy_action": str(finding.policy_action),
        "text": finding.text,
    }


def cleanse(
    file: File = None, *, model: Model = None, thread: Thread = None, json: Json = False
) -> None:
    """Replace sensitive text with placeholders.

    A placeholder is a name such as PERSON_0. `liminal hydrate` restores the text: keep the thread's
    id, which is printed on stderr.
    """
    text = read_text(file)
    with connect() as client:
        conversation = client.conversation(
            model_instance_id(client, model), thread_id=thread, name="liminal cleanse"
        )
        cleansed = (
            "".join(piece for _, piece in in_pieces(text, conversation.cleanse)) if text else ""
        )
    if json:
        return _console.emit_json({"thread": conversation.thread_id, "text": cleansed})
    _console.emit_text(cleansed)
    if conversation.thread_id is None:
        return _console.note("Nothing sensitive was found")
    return _console.note(f"To restore the text: liminal hydrate --thread {conversation.thread_id}")


def hydrate(
    file: File = None,
    *,
    thread: Annotated[
        int,
        typer.Option(
            "--thread", "-t", metavar="ID", min=1, help="The id that `liminal cleanse` printed."
        ),
    ],
    model: Model = None,
    json: Json = False,
) -> None:
    """Restore the text that placeholders stand for."""
    text = read_text(file)
    with connect() as client:
        conversation = client.conversation(model_instance_id(client, model), thread_id=thread)
        # Not in pieces: only unknown placeholders are sent, and not the text.
        restored = conversation.hydrate(text)
    if json:
        return _console.emit_json({"thread": thread, "text": restored})
    return _console.emit_text(restored)
