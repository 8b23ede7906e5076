# Derived from tests/_async/reading.py by scripts/codegen/derive.py. Do not edit:
# change that file and run ./codegen.sh.
"""Reading a stream as a program does: with a loop."""

from liminal import LiminalError, PromptStream


def read(stream: PromptStream) -> tuple[list[str], LiminalError | None]:
    """Read to the end; give what each chunk held, and the error that ended it."""
    contents: list[str] = []
    try:
        for chunk in stream:
            contents += [chunk.content]
    except LiminalError as error:
        return contents, error
    return contents, None
