"""The parts of ``liminal chat``: lines in, streamed Markdown out."""
