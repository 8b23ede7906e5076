# Derived from tests/_async/test_on_call.py by scripts/codegen/derive.py. Do not edit:
# change that file and run ./codegen.sh.
"""Reports of calls: each call, login and stream gives one, and what it says is so."""

import logging
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest

from liminal import CallReport, LiminalError, SyncClient
from liminal.auth import Token
from liminal.sandbox import Sandbox
from liminal_api.api.llm import list_model_instances
from liminal_api.api.prompt import submit_prompt
from liminal_api.models import SubmitRequest
from tests.faults.server import Exchange, FaultServer
from tests.support.service import TOKEN_LOGIN, answer, in_renewal
from tests.support.streams import DEAR, begin, chunk, lines
from tests.support.tasks import ThreadGroup
from tests.support.turns import turn

from .clients import client_of
from .session_service import Service
from .waiting import until

Reports = list[CallReport]


@pytest.fixture
def reports(client: SyncClient) -> Iterator[Reports]:
    """Give what a client that has signed in reports from then on."""
    client.llm.get_available_model_instances()
    reports: Reports = []
    unsubscribe = client.on_call(reports.append)
    yield reports
    unsubscribe()


def only(reports: Reports) -> CallReport:
    (report,) = reports
    return report


def failing(step: Callable[[], Any]) -> None:
    with suppress(LiminalError):
        step()


# ---- a call


def test_a_call_gives_one_report(client: SyncClient, reports: Reports, sandbox: Sandbox) -> None:
    client.prompt.analyze(1, "Write to Ada")
    report = only(reports)
    (*_, request) = sandbox.requests
    assert (report.operation, report.status, report.attempts) == ("analyze_prompt", 200, 1)
    assert report.bytes_sent == int(request.headers["content-length"])
    assert report.bytes_received > 0
    assert 0 <= report.seconds_waiting < report.seconds
    assert (report.error, report.cancelled, report.renewed) == (None, False, False)
    assert (report.is_login, report.is_stream, report.chunks) == (False, False, None)


def test_it_names_the_request(reports: Reports, client: SyncClient, sandbox: Sandbox) -> None:
    sandbox.fail_next(429, times=3, headers={"x-request-id": "r-1"})
    failing(client.with_options(max_retries=0).thread.get_available)
    assert only(reports).request_id == "r-1"


def test_a_call_by_the_low_level_client_is_reported(client: SyncClient, reports: Reports) -> None:
    list_model_instances.sync(client=client.api)
    assert only(reports).operation == "list_model_instances"


def test_retries_count_as_attempts_and_their_waits_as_waiting(
    client: SyncClient, reports: Reports, sandbox: Sandbox
) -> None:
    sandbox.fail_next(503, headers={"retry-after": "0.02"}, times=2)
    client.prompt.analyze(1, "Write to Ada")
    report = only(reports)
    assert (report.attempts, report.status, report.error) == (3, 200, None)
    assert 0.04 <= report.seconds_waiting < report.seconds
    assert report.bytes_sent == 3 * int(sandbox.requests[-1].headers["content-length"])


def test_an_error_is_named_by_its_class(
    client: SyncClient, reports: Reports, sandbox: Sandbox
) -> None:
    sandbox.fail_next(400)
    failing(client.thread.get_available)
    report = only(reports)
    assert (report.error, report.status) == ("APIStatusError", 400)
    assert report.bytes_received > 0


def test_an_answer_that_does_not_fit_is_an_error_of_the_call() -> None:
    service, reports = Service(), Reports()
    client = service.client()
    service.next_answers.append(answer(content=b'{"data": [7]}'))
    client.on_call(reports.append)
    failing(client.thread.get_available)
    assert [(r.status, r.error) for r in reports] == [
        (200, None),
        (200, "ResponseValidationError"),
    ]


def test_a_status_is_that_of_the_last_request(sandbox: Sandbox) -> None:
    reports = Reports()
    with SyncClient(sandbox.url, auth=Token(sandbox.token)) as client:
        client.thread.get_available()
        client.on_call(reports.append)
        sandbox.fail_next(503, headers={"retry-after": "0"})
        sandbox.drop_next(times=2)
        failing(client.thread.get_available)
    report = only(reports)
    assert (report.status, report.error, report.attempts) == (None, "APIConnectionError", 3)


def test_a_call_that_was_never_sent_had_no_attempt(sandbox: Sandbox) -> None:
    reports = Reports()
    with SyncClient(sandbox.url) as client:
        client.on_call(reports.append)
        failing(client.thread.get_available)
    report = only(reports)
    assert (report.attempts, report.status, report.error) == (0, None, "AuthError")


# ---- logins


def test_a_login_has_a_report_of_its_own_before_that_of_its_call(sandbox: Sandbox) -> None:
    reports = Reports()
    with SyncClient(sandbox.url, auth=Token(sandbox.token)) as client:
        client.on_call(reports.append)
        client.thread.get_available()
    login, call = reports
    assert (login.is_login, login.operation) == (True, "login_with_environment_token")
    assert (call.is_login, call.renewed, login.renewed) == (False, True, False)
    assert login.seconds <= call.seconds_waiting < call.seconds


def test_a_renewal_after_a_401_is_told(
    client: SyncClient, reports: Reports, sandbox: Sandbox
) -> None:
    sandbox.expire_sessions()
    client.thread.get_available()
    login, call = reports
    assert login.is_login
    assert (call.renewed, call.status, call.attempts) == (True, 200, 1)


def test_a_login_that_fails_names_its_error(sandbox: Sandbox) -> None:
    reports = Reports()
    with SyncClient(sandbox.url, auth=Token("wrong")) as client:
        client.on_call(reports.append)
        failing(client.thread.get_available)
    assert [(r.is_login, r.error, r.status) for r in reports] == [
        (True, "AuthError", 401),
        (False, "AuthError", None),
    ]


# ---- streams


def test_a_stream_is_reported_at_its_end(client: SyncClient, reports: Reports) -> None:
    stream = client.prompt.stream(1, "hello")
    chunks = [chunk for chunk in stream]
    report = only(reports)
    assert (report.operation, report.is_stream, report.chunks) == (
        "submit_prompt",
        True,
        len(chunks),
    )
    assert report.seconds_to_first_chunk is not None
    assert 0 < report.seconds_to_first_chunk <= report.seconds
    assert report.bytes_received > sum(len(chunk.content) for chunk in chunks)
    assert (report.error, report.cancelled, report.status) == (None, False, 200)
    stream.close()
    assert len(reports) == 1


@pytest.mark.parametrize("way", ["break", "close"])
def test_a_stream_that_is_left_is_cancelled(client: SyncClient, reports: Reports, way: str) -> None:
    stream = client.prompt.stream(1, "hello")
    for _ in stream:
        if way == "close":
            stream.close()
        break
    report = only(reports)
    assert (report.cancelled, report.error, report.chunks) == (True, None, 1)


def test_a_hydrated_stream_that_is_left_while_text_is_held_back_is_cancelled() -> None:
    reports = Reports()
    at_once = lines(chunk("Dear "), chunk("PERSON_0", "stop"))
    with FaultServer(turn(end=at_once)) as server:
        with client_of(server) as client:
            client.on_call(reports.append)
            stream = client.prompt.stream(1, "hello", thread_id=7, hydrate=True)
            for _ in stream:
                stream._take()  # the last chunk needs a call first
                stream.close()
                break
    assert (reports[-1].cancelled, reports[-1].chunks) == (True, 1)


def test_a_stream_that_is_cut_off_has_its_error() -> None:
    def step(exchange: Exchange) -> None:
        begin(exchange, lines(DEAR))
        exchange.close()

    reports = Reports()
    with FaultServer(step) as server:
        with client_of(server) as client:
            client.on_call(reports.append)
            failing(client.prompt.stream(1, "hello").text)
    report = reports[-1]
    assert (report.error, report.chunks) == ("StreamInterruptedError", 1)
    assert not report.cancelled


def test_a_stream_that_is_refused_is_reported_once(
    client: SyncClient, reports: Reports, sandbox: Sandbox
) -> None:
    sandbox.fail_next(400)
    failing(client.prompt.stream(1, "hello").text)
    report = only(reports)
    assert (report.error, report.status, report.chunks) == ("APIStatusError", 400, 0)
    assert report.seconds_to_first_chunk is None


def test_waits_before_a_stream_count(
    client: SyncClient, reports: Reports, sandbox: Sandbox
) -> None:
    sandbox.fail_next(429, headers={"retry-after": "0.02"})
    client.prompt.stream(1, "hello").text()
    report = only(reports)
    assert report.attempts == 2
    assert report.seconds_waiting >= 0.02


BODY = SubmitRequest(model_instance_id=1, text="hello")


def test_a_raw_stream_of_the_low_level_client_is_reported(
    client: SyncClient, reports: Reports
) -> None:
    with submit_prompt.stream(client=client.api, body=BODY) as response:
        content = b"".join([part for part in response.iter_raw()])
    report = only(reports)
    assert (report.is_stream, report.chunks, report.cancelled) == (True, None, False)
    assert report.bytes_received == len(content)
    assert report.seconds_to_first_chunk is not None


def test_a_raw_stream_that_is_left_is_cancelled(client: SyncClient, reports: Reports) -> None:
    with submit_prompt.stream(client=client.api, body=BODY):
        pass
    assert only(reports).cancelled


def test_a_raw_stream_that_is_refused_has_its_error(
    client: SyncClient, reports: Reports, sandbox: Sandbox
) -> None:
    def read() -> None:
        with submit_prompt.stream(client=client.api, body=BODY):
            pass

    sandbox.fail_next(400)
    failing(read)
    report = only(reports)
    assert (report.error, report.status, report.is_stream) == ("APIStatusError", 400, True)


def test_a_raw_stream_that_is_cut_off_has_its_error() -> None:
    def step(exchange: Exchange) -> None:
        begin(exchange, lines(DEAR))
        exchange.reset()

    def read(client: SyncClient) -> None:
        with submit_prompt.stream(client=client.api, body=BODY) as response:
            response.read()

    reports = Reports()
    with FaultServer(step) as server:
        with client_of(server) as client:
            client.on_call(reports.append)
            failing(lambda: read(client))
    report = reports[-1]
    assert (report.error, report.cancelled) == ("APIConnectionError", False)


# ---- callbacks


def test_it_holds_for_clients_with_other_options_before_and_after(
    client: SyncClient, reports: Reports
) -> None:
    before = client.with_options(timeout=5)
    later = Reports()
    before.on_call(later.append)
    client.with_options(timeout=7).thread.get_available()
    before.thread.get_available()
    assert [len(reports), len(later)] == [2, 2]


def test_it_is_not_called_after_it_unsubscribed(client: SyncClient) -> None:
    reports = Reports()
    unsubscribe = client.on_call(reports.append)
    unsubscribe()
    unsubscribe()
    client.thread.get_available()
    assert reports == []


def test_what_a_callback_raises_breaks_no_call_and_is_logged_by_its_type(
    client: SyncClient, reports: Reports, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(report: CallReport) -> None:
        raise OSError(report.operation)

    unsubscribe = client.on_call(broken)
    with caplog.at_level(logging.ERROR):
        assert len(client.thread.get_available()) == 1
    unsubscribe()
    assert [r.getMessage() for r in caplog.records] == ["an on_call callback raised OSError"]
    assert len(reports) == 1


@pytest.mark.parametrize("callback", [None, "print"])
def test_what_cannot_be_called_is_refused(client: SyncClient, callback: Any) -> None:
    with pytest.raises(LiminalError, match="plain function"):
        client.on_call(callback)


# ---- the log


def test_a_call_is_one_line_in_the_log_with_fields(
    client: SyncClient, sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    client.thread.get_available()
    with caplog.at_level(logging.DEBUG, "liminal"):
        client.thread.get_available()
    (record,) = [record for record in caplog.records if record.name == "liminal"]
    fields = vars(record)
    assert record.levelno == logging.DEBUG
    assert (fields["operation"], fields["status"], fields["attempts"]) == ("list_threads", 200, 1)
    assert (fields["error"], fields["cancelled"]) == (None, False)
    request_id = sandbox.requests[-1].request_id
    told = f"list_threads: 200 in {fields['seconds']:.3f} s (attempts: 1, request id: {request_id})"
    assert (fields["request_id"], record.getMessage()) == (request_id, told)


def test_errors_are_named_in_the_log(
    client: SyncClient, sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    client.thread.get_available()
    sandbox.fail_next(400)
    with caplog.at_level(logging.DEBUG, "liminal"):
        failing(client.thread.get_available)
    assert caplog.messages[-1].startswith("list_threads: APIStatusError in ")


def test_a_record_factory_of_the_program_may_set_the_same_attributes(
    client: SyncClient, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def factory(*args: Any, **kwargs: Any) -> logging.LogRecord:
        record = logging.LogRecord(*args, **kwargs)
        record.request_id = "the program's"
        return record

    client.thread.get_available()
    monkeypatch.setattr(logging, "_logRecordFactory", factory)
    with caplog.at_level(logging.DEBUG, "liminal"):
        client.thread.get_available()
    assert [(vars(r)["request_id"], r.levelname) for r in caplog.records] == [
        ("the program's", "DEBUG")
    ]


def test_nothing_is_logged_above_debug(
    client: SyncClient, reports: Reports, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "liminal"):
        client.thread.get_available()
    assert only(reports).status == 200
    assert caplog.records == []


# ---- calls side by side


def test_each_item_of_a_bulk_run_is_reported_and_waits_for_its_rate(
    client: SyncClient, reports: Reports, sandbox: Sandbox
) -> None:
    sandbox.fail_next(429, headers={"retry-after": "0.02"})
    for result in client.bulk.analyze(1, ["one", "two"]):
        assert result.error is None
    assert sorted(report.attempts for report in reports) == [1, 2]
    assert max(report.seconds_waiting for report in reports) >= 0.02


def test_a_call_that_waits_for_another_s_sign_in_was_renewed_and_waited() -> None:
    service, reports = Service(), Reports()
    client = service.client()
    client.on_call(reports.append)
    with ThreadGroup() as tasks:
        with service.holding(TOKEN_LOGIN):
            for _ in range(3):
                tasks.start(client.thread.get_available)
            until(lambda: in_renewal(client) == 3)
    calls = [report for report in reports if not report.is_login]
    assert [(report.renewed, report.attempts) for report in calls] == [(True, 1)] * 3
    assert all(report.seconds_waiting > 0 for report in calls)
    assert len(reports) == 4


def test_a_call_that_is_closed_with_its_client_has_an_error() -> None:
    reports = Reports()

    def step(exchange: Exchange) -> None:
        exchange.wait_for_hangup()

    with FaultServer(step) as server:
        client = client_of(server)
        client.on_call(reports.append)
        with ThreadGroup() as tasks:
            tasks.start(client.thread.get_available)
            until(lambda: server.calls)
            client.close()
    assert [report.error for report in reports if not report.is_login] == ["LiminalError"]


def test_nobody_observes_a_call_unasked(client: SyncClient) -> None:
    request = list_model_instances.get_kwargs()
    assert client.api.begin(list_model_instances.OPERATION, request).observation is None
