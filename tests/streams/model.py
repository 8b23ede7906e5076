"""What an event stream means, read off the standard's prose with all bytes at hand: the oracle.

Slow and simple where the decoder is quick and incremental, and written without a look at it.
"""

import re

from liminal.streaming import ServerSentEvent


def events(stream: bytes) -> list[ServerSentEvent]:
    """Give the events of a stream that was received so far."""
    *lines, _incomplete = re.split("\r\n|\n|\r", stream.decode("utf-8-sig", errors="replace"))
    found = []
    data, event_type, event_id, retry = "", "", "", None
    for line in lines:
        field, colon, value = line.partition(":")
        value = value[1:] if value[:1] == " " else value
        if line == "":
            if data:
                found.append(ServerSentEvent(event_type or "message", data[:-1], event_id, retry))
            data, event_type, retry = "", "", None
        elif colon and not field:
            continue
        elif field == "event":
            event_type = value
        elif field == "data":
            data += value + "\n"
        elif field == "id":
            event_id = event_id if "\0" in value else value
        elif field == "retry" and re.fullmatch("[0-9]{1,18}", value):
            retry = int(value)
    return found
