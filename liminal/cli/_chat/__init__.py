"""The parts of ``liminal chat``: reads lines, and shows streamed Markdown."""
