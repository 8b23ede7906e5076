"""Reading a stream as a program does: with a loop."""

from liminal import AsyncPromptStream, LiminalError


async def read(stream: AsyncPromptStream) -> tuple[list[str], LiminalError | None]:
    """Read to the end; give what each chunk held, and the error that ended it."""
    contents: list[str] = []
    try:
        async for chunk in stream:
            contents += [chunk.content]
    except LiminalError as error:
        return contents, error
    return contents, None
