"""A recorder: what it writes and replays, and what is never written."""

import json
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from liminal import Client, SyncClient
from liminal.auth import Token
from liminal.errors import APIStatusError, LiminalError, StreamServerError
from liminal.sandbox import Sandbox
from liminal.testing import Recorder
from liminal.testing._recorder.redact import masked, resplit

NAME = "Ada Lovelace"
PROMPT = f"Write to {NAME} at ada@example.com"
TOKEN = "kanarie-token"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(token=TOKEN, model=lambda prompt: f"Dear {prompt}, Zoë 7") as sandbox:
        yield sandbox


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "calls.json"


def run(work: Callable[[SyncClient], Any], path: Path, url: str, token: str = TOKEN) -> Any:
    with (
        Recorder(path) as recorder,
        recorder.httpx_client() as http,
        SyncClient(url, auth=Token(token), httpx_client=http, max_retries=0) as client,
    ):
        return work(client)


def replay(work: Callable[[SyncClient], Any], path: Path) -> Any:
    """Replay for a server that does not exist, with an unknown token."""
    return run(work, path, "https://gone.example", "another")


def cleanse(client: SyncClient) -> str:
    return client.prompt.cleanse(1, PROMPT).text


def streamed(client: SyncClient) -> str:
    with client.prompt.stream(1, PROMPT) as stream:
        return stream.text()


def failing(work: Callable[[SyncClient], Any]) -> Callable[[SyncClient], Any]:
    """Do the same work, which returns the expected error."""

    def caught(client: SyncClient) -> Any:
        with pytest.raises(LiminalError) as told:
            work(client)
        return told.value

    return caught


def everything(client: SyncClient) -> dict[str, Any]:
    instance = client.llm.get_model_instance("sandbox-model")
    thread = client.thread.create(instance.id, NAME)
    found = client.prompt.analyze(instance.id, PROMPT)
    cleansed = client.prompt.cleanse(instance.id, PROMPT, findings=found, thread_id=thread.id)
    submitted = client.prompt.submit(instance.id, PROMPT, thread_id=thread.id)
    hydrated = client.prompt.hydrate(instance.id, cleansed.text, thread_id=thread.id)
    with client.prompt.stream(instance.id, PROMPT) as stream:
        chunks = [chunk.content for chunk in stream]
    return {
        "findings": found.findings,
        "cleansed": cleansed.text,
        "answer": submitted.raw_llm_response_text,
        "hydrated": hydrated.text,
        "chunks": chunks,
        "thread": client.thread.get_by_id(thread.id),
        "threads": client.thread.get_available(),
    }


def test_recorded_calls_are_replayed_without_a_network(sandbox: Sandbox, path: Path) -> None:
    true = run(everything, path, sandbox.url)
    again = replay(everything, path)
    assert again["findings"] == true["findings"]
    assert again["cleansed"] == masked(true["cleansed"]) == "Xxxxx xx PERSON_0 xx EMAIL_ADDRESS_0"
    assert again["answer"] == masked(true["answer"])
    assert again["hydrated"] == masked(true["hydrated"])
    assert list(map(len, again["chunks"])) == list(map(len, true["chunks"]))
    assert "".join(again["chunks"]) == masked("".join(true["chunks"]))
    assert again["thread"].name == "Xxx Xxxxxxxx"
    assert len(again["threads"]) == len(true["threads"])


async def test_asyncio_and_trio_record_and_replay_alike(sandbox: Sandbox, path: Path) -> None:
    told = []
    for url in (sandbox.url, "https://gone.example"):
        with Recorder(path) as recorder:
            async with recorder.async_httpx_client() as http:
                client = Client(url, auth=Token(TOKEN), httpx_client=http)
                async with client:
                    cleansed = await client.prompt.cleanse(1, PROMPT)
                    async with client.prompt.stream(1, PROMPT) as stream:
                        told.append((cleansed.text, await stream.text()))
    assert told[1] == tuple(map(masked, told[0]))


def test_nothing_sensitive_reaches_the_disk(
    sandbox: Sandbox, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even in a temporary file, which is written at once."""
    written: list[str] = []
    original = tempfile.NamedTemporaryFile

    def spied(*args: Any, **kwargs: Any) -> Any:
        file: Any = original(*args, **kwargs)
        write = file.write
        file.write = lambda text: written.append(text) or write(text)
        return file

    monkeypatch.setattr("liminal.testing._recorder.file.NamedTemporaryFile", spied)
    run(everything, path, sandbox.url)
    assert [entry.name for entry in path.parent.iterdir()] == ["calls.json"]
    assert written == [path.read_text("utf-8")]
    for secret in ("Ada", "Lovelace", "ada@", "example.com", "Zoë", TOKEN, "session=", "Dear"):
        assert secret not in written[0], secret


def test_the_file_is_readable_and_the_same_for_the_same_calls(
    sandbox: Sandbox, path: Path, tmp_path: Path
) -> None:
    again = tmp_path / "again.json"
    for each in (path, again):
        run(cleanse, each, sandbox.url)
    assert again.read_text("utf-8") == path.read_text("utf-8")
    login, cleansing = [call["request"] for call in json.loads(path.read_text("utf-8"))["calls"]]
    assert login["operation"] == "login_with_environment_token"
    assert cleansing["operation"] == "cleanse_prompt"
    assert cleansing["body"]["text"] == "Xxxxx xx Xxx Xxxxxxxx xx xxx@xxxxxxx.xxx"


def test_a_difference_deep_inside_is_named_by_its_place(sandbox: Sandbox, path: Path) -> None:
    def work(client: SyncClient, last: int = 2) -> None:
        found = client.prompt.analyze(1, PROMPT).findings
        client.prompt.cleanse(1, PROMPT, findings=found[:last])

    run(work, path, sandbox.url)
    with pytest.raises(LiminalError, match=r"differs in \$\.body\.findings\[1\]"):
        replay(lambda client: work(client, 1), path)


@pytest.mark.parametrize(
    ("work", "said"),
    [
        (lambda c: c.prompt.cleanse(2, PROMPT), "differs in $.body.modelInstanceId"),
        (lambda c: c.prompt.cleanse(1, "Byron"), "differs in $.body.text"),
        (lambda c: c.prompt.analyze(1, "Byron"), "No call of analyze_prompt was recorded"),
        (lambda c: [cleanse(c) for _ in "ab"], "more often than recorded"),
    ],
)
def test_a_call_that_was_not_recorded_says_what_differs_and_no_content(
    sandbox: Sandbox, path: Path, work: Callable[[SyncClient], Any], said: str
) -> None:
    run(cleanse, path, sandbox.url)
    with pytest.raises(LiminalError) as told:
        replay(work, path)
    shown = "".join(map(str, [told.value, told.value.__cause__, told.value.__context__]))
    assert said in shown
    assert "Byron" not in shown
    assert "Ada" not in shown


@pytest.mark.parametrize(
    ("status", "body", "headers"),
    [(503, {"message": NAME}, {"Retry-After": "7"}), (502, f"<h1>{NAME}</h1>", None)],
)
def test_errors_are_replayed_without_their_text(
    sandbox: Sandbox, path: Path, status: int, body: Any, headers: Any
) -> None:
    sandbox.fail_next(status, body=body, headers=headers, path="*/cleanse")
    for error in (run(failing(cleanse), path, sandbox.url), replay(failing(cleanse), path)):
        assert isinstance(error, APIStatusError)
        assert error.status_code == status
    assert NAME not in path.read_text("utf-8")
    assert ('"retry_after": "7"' in path.read_text("utf-8")) is (headers is not None)


@pytest.mark.parametrize("stream_format", ["sse", "ndjson"])
def test_streams_keep_their_format_and_their_end(path: Path, stream_format: Any) -> None:
    with Sandbox(token=TOKEN, stream_format=stream_format) as sandbox:
        true = run(streamed, path, sandbox.url)
        assert replay(streamed, path) == masked(true)
        path.unlink()
        sandbox.fail_next_stream(after=2, message=NAME)
        recorded = run(failing(streamed), path, sandbox.url)
    replayed = replay(failing(streamed), path)
    assert type(replayed) is type(recorded)
    assert isinstance(replayed, StreamServerError) is (stream_format == "sse")
    assert "Ada" not in path.read_text("utf-8")


def test_a_block_that_fails_writes_nothing(sandbox: Sandbox, path: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        run(lambda client: 1 / (cleanse(client) == ""), path, sandbox.url)
    assert not path.exists()


def answering(content: bytes, **headers: str) -> httpx.MockTransport:
    return httpx.MockTransport(lambda _: httpx.Response(200, content=content, headers=headers))


CLEANSE = b'{"text": "Ada", "modelInstanceId": 1, "source": "sdk"}'
STREAMED = CLEANSE[:-1] + b', "isStreaming": true}'


@pytest.mark.parametrize(
    ("method", "url", "body", "answer"),
    [
        ("GET", "/api/v1/elsewhere", b"", b"{}"),
        ("POST", "/api/v1/prompts/cleanse", b'{"text": 5}', b"{}"),
        ("POST", "/api/v1/prompts/cleanse", CLEANSE, b'{"a": 1}'),
        ("POST", "/api/v1/prompts/submit", STREAMED, b'{"content": 5}\n'),
    ],
)
def test_a_call_that_can_t_be_redacted_is_an_error(
    path: Path, method: str, url: str, body: bytes, answer: bytes
) -> None:
    recorder = Recorder(path, mode="record")
    with (
        recorder.httpx_client(answering(answer)) as http,
        pytest.raises(LiminalError, match="can't be redacted") as told,
    ):
        http.request(method, f"https://api.example{url}", content=body)
    assert "Ada" not in str(told.value)


def test_pings_are_left_out_and_a_gateway_s_path_is_ignored(path: Path) -> None:
    body = {"text": "Ada", "modelInstanceId": 1, "isStreaming": True, "source": "sdk"}
    events = b'event: ping\ndata: Ada\n\ndata: {"content": "Zo", "finishReason": "stop"}\n\n'
    transport = answering(events, **{"content-type": "text/event-stream"})
    with Recorder(path) as recorder, recorder.httpx_client(transport) as http:
        http.post("https://a.example/gateway/api/v1/prompts/submit?a=b", json=body)
    with Recorder(path) as recorder, recorder.httpx_client() as http:
        answer = http.post("https://b.example/api/v1/prompts/submit?a=b", json=body)
    assert answer.content == b'data: {"content": "Xx", "finishReason": "stop"}\n\n'


def test_an_answer_broken_by_an_edit_is_an_error_on_replay(sandbox: Sandbox, path: Path) -> None:
    run(cleanse, path, sandbox.url)
    path.write_text(path.read_text().replace('"items"', '"item"'))
    with pytest.raises(LiminalError, match=r"items is missing; record it again"):
        replay(cleanse, path)


@settings(max_examples=50)
@given(st.text())
@example("Ada\u2003LOVELACE ٣7 联系PERSON_1的 PERSON_12 XPERSON_1")
def test_masking_keeps_the_length_and_is_idempotent(text: str) -> None:
    assert len(masked(text)) == len(text)
    assert masked(masked(text)) == masked(text)


@given(st.lists(st.sampled_from(["Dear ", "PER", "SON_", "1", " Ada", "2", ""])))
def test_pieces_are_masked_like_their_text(pieces: list[str]) -> None:
    made = resplit(pieces)
    assert "".join(made) == masked("".join(pieces))
    assert list(map(len, made)) == list(map(len, pieces))
