"""A web service: a page on which a hydrated answer appears word by word, and a health check.

Reads LIMINAL_API_SERVER_URL, TOKEN and MODEL_INSTANCE_NAME from the environment, and PORT for the
port on 127.0.0.1, 8000 by default. The service needs fastapi, uvicorn and the extra otel. Add your
own sign-in: the service answers anyone who can reach it.
"""

import asyncio
import json
import logging
import os
import time
from collections import Counter, deque
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Annotated

import uvicorn
from fastapi import Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, StreamingResponse
from pydantic import BaseModel, Field

from liminal import AsyncPromptStream, CallReport, Client, telemetry
from liminal.errors import LiminalError

try:
    API_SERVER_URL = os.environ["LIMINAL_API_SERVER_URL"]
    TOKEN = os.environ["TOKEN"]
    MODEL_INSTANCE_NAME = os.environ["MODEL_INSTANCE_NAME"]
except KeyError as missing:
    raise SystemExit(f"Set {missing} in the environment") from None

logger = logging.getLogger("service")


@dataclass
class Service:
    """What all requests share: one client, and the reports of its last calls."""

    client: Client
    model_instance_id: int
    reports: deque[tuple[float, CallReport]] = field(default_factory=lambda: deque(maxlen=100))

    def note(self, report: CallReport) -> None:
        """Keep the report of a call that has ended."""
        self.reports.append((time.monotonic(), report))


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    """Sign in before the first request, and close the client after the last."""
    async with await Client.authenticate_from_token(API_SERVER_URL, TOKEN) as client:
        telemetry.instrument(client)  # spans, where the process has set up OpenTelemetry
        model_instance = await client.llm.get_model_instance(MODEL_INSTANCE_NAME)
        app.state.service = service = Service(client, model_instance.id)
        client.on_call(service.note)
        yield


app = FastAPI(title="Answers", lifespan=lifespan)


def shared(request: Request) -> Service:
    """The service that answers a request."""
    service: Service = request.app.state.service
    return service


class Question(BaseModel):
    """What the page sends."""

    prompt: Annotated[str, Field(min_length=1, max_length=20_000)]


@app.exception_handler(RequestValidationError)
async def refuse(_: Request, error: RequestValidationError) -> JSONResponse:
    """Report a wrong prompt without repeating it, unlike FastAPI's own answer."""
    return JSONResponse({"detail": [problem["msg"] for problem in error.errors()]}, 422)


async def answer_to(
    question: Question, service: Annotated[Service, Depends(shared)]
) -> AsyncIterator[AsyncPromptStream]:
    """Open the answer in a new conversation, so that users can't see each other's data.

    FastAPI ends this function when the answer is sent, or the browser has disconnected. Leaving
    the block closes the stream, and Liminal stops generating.
    """
    conversation = service.client.conversation(service.model_instance_id)
    async with conversation.stream(question.prompt) as stream:
        yield stream


@app.post("/answers")
async def answer(stream: Annotated[AsyncPromptStream, Depends(answer_to)]) -> StreamingResponse:
    """Send each piece of the answer as it comes, then an event `end` or `failure`.

    It is a POST, so not for EventSource: prompts don't belong in URLs, which are logged, and
    EventSource would send a prompt again by itself.
    """
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}  # no buffering by nginx
    return StreamingResponse(events(stream), media_type="text/event-stream", headers=headers)


async def events(stream: AsyncPromptStream) -> AsyncIterator[str]:
    """Write an answer as server-sent events, whose data is JSON."""
    try:
        async for chunk in stream:
            yield f"data: {json.dumps(chunk.content)}\n\n"
            await asyncio.sleep(0)  # lets others run, even if all chunks are here
        yield f"event: end\ndata: {json.dumps(stream.finish_reason)}\n\n"
    except LiminalError as error:
        logger.warning("An answer failed: %s", error)
        yield f"event: failure\ndata: {json.dumps(type(error).__name__)}\n\n"


class Health(BaseModel):
    """Summarize the calls of the last minute."""

    healthy: bool
    calls: int
    errors: dict[str, int]
    slowest_first_chunk: float | None


@app.get("/health")
async def health(service: Annotated[Service, Depends(shared)], response: Response) -> Health:
    """Answer 503 if there were calls in the last minute, and all have failed."""
    recent = [report for when, report in service.reports if time.monotonic() - when < 60]
    errors = Counter(report.error for report in recent if report.error)
    firsts = [report.seconds_to_first_chunk or 0 for report in recent if report.chunks]
    healthy = not recent or errors.total() < len(recent)
    response.status_code = 200 if healthy else 503
    return Health(
        healthy=healthy,
        calls=len(recent),
        errors=dict(errors),
        slowest_first_chunk=max(firsts, default=None),
    )


PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Answers</title>
<link rel="icon" href="data:,">
<style>
  :root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif }
  body { max-width: 40rem; margin: 2rem auto; padding: 0 1rem }
  textarea { box-sizing: border-box; width: 100%; font: inherit; padding: .5rem }
  button { font: inherit; padding: .5rem 1rem; margin: .5rem .5rem 0 0 }
  output { display: block; margin-top: 1rem; white-space: pre-wrap; overflow-wrap: anywhere }
  #state { opacity: .75 }
</style>
<h1>Answers</h1>
<form>
  <label for="prompt">Your prompt</label>
  <textarea id="prompt" rows="4" maxlength="20000" required></textarea>
  <button id="send">Send</button><button id="stop" type="button" disabled>Stop</button>
</form>
<output id="answer" aria-live="polite"></output>
<p id="state" role="status"></p>
<script>
  const [form, prompt, send, stop, answer, state] =
    ["form", "#prompt", "#send", "#stop", "#answer", "#state"].map(x => document.querySelector(x));

  function show(event) {
    const name = /^event: (.*)$/m.exec(event)?.[1];
    const data = /^data: (.*)$/m.exec(event)?.[1];  // JSON, so that it is one line
    if (name === "end") return "Done.";
    if (name === "failure") return `The answer failed: ${JSON.parse(data)}`;
    if (data) answer.append(JSON.parse(data));  // as text, never as HTML
    return null;
  }

  async function ask(signal) {
    const response = await fetch("answers", {
      method: "POST", signal, headers: {"Content-Type": "application/json"},
      body: JSON.stringify({prompt: prompt.value}),
    });
    if (!response.ok) return `The service refused the prompt: ${response.status}`;
    let rest = "", last = null;
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      const events = (rest + part.value).split("\\n\\n");
      rest = events.pop();
      for (const event of events) last = show(event) ?? last;
    }
    if (last) return last;
    throw new Error("neither an end nor a failure");
  }

  form.addEventListener("submit", async event => {
    event.preventDefault();
    const leaving = new AbortController();
    stop.onclick = () => leaving.abort();
    answer.textContent = "";
    state.textContent = "Writing …";
    send.disabled = !(stop.disabled = false);
    try {
      state.textContent = await ask(leaving.signal);
    } catch (error) {
      state.textContent = leaving.signal.aborted ? "Stopped." : "The connection was lost.";
    }
    send.disabled = !(stop.disabled = true);
  });
</script>
"""


@app.get("/", response_class=HTMLResponse)
async def page() -> str:
    """Serve the page, which needs no other file."""
    return PAGE


if __name__ == "__main__":
    # On SIGTERM and Ctrl-C, answers that have begun have ten seconds to end.
    port = int(os.environ.get("PORT", "8000"))
    uvicorn.run(app, host="127.0.0.1", port=port, timeout_graceful_shutdown=10)
