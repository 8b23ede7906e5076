"""Programs that print the outcome of each fact, and a service that follows their prompts."""

from tests.faults.server import Exchange, head
from tests.faults.steps import begin_stream

# Each fact is a function; what it returns, or the name of the error that it raises, is printed.
# `SOON` is far more than any of them takes, and far less than it would wait for without its bound.
TELLING = """
    import json, time
    SOON = 15
    def now():
        return time.clock_gettime(time.CLOCK_MONOTONIC)
    def outcome(fact):
        begun = now()
        try:
            came = fact()
        except BaseException as error:
            came = type(error).__name__
        return came if now() - begun < SOON else "much later"
    def told(facts):
        print(json.dumps({name: outcome(fact) for name, fact in facts.items()}))
    """


def serve(exchange: Exchange) -> None:
    said = exchange.request.body
    if b"say nothing" in said:
        exchange.wait_for_hangup()
    if b"begin" in said:
        begin_stream(exchange)
    if b"drip on" in said:
        exchange.send(head(200, [("Connection", "close")]))
        exchange.send(b'{"content":"all","finishReason":"stop"}\n')
        exchange.drip(b" " * 4000)
    if b"drip" in said:
        exchange.send(head(200, [("Content-Length", "4000")]))
        exchange.drip(b" " * 4000)
    if b"fail" in said:
        exchange.answer(503)
    else:
        exchange.good()
