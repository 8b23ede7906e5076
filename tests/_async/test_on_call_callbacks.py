"""Callbacks and the log: when and how they are given reports, also of calls side by side."""

import logging
from typing import Any

import anyio
import pytest

from liminal import CallReport, LiminalError
from tests.faults.server import FaultServer
from tests.support.service import THREADS
from tests.support.tasks import TaskGroup

from .clients import client_of
from .reporting import Reports, failing, only, told
from .session_service import Service
from .waiting import until

# ---- callbacks


async def test_a_callback_gets_the_calls_of_copies_until_it_unsubscribes(client):
    before, first, second = client.with_options(timeout=5), Reports(), Reports()
    wrong: Any = "print"
    with pytest.raises(LiminalError, match="plain function"):
        client.on_call(wrong)
    unsubscribe = client.on_call(first.append)
    before.on_call(second.append)
    await client.with_options(timeout=7).thread.get_available()
    seen = len(first)
    unsubscribe()
    unsubscribe()
    await before.thread.get_available()
    assert (len(first), len(second)) == (seen, seen + 1)


async def test_an_error_of_a_callback_is_logged_by_its_type_alone(client, reports, caplog):
    def broken(report: CallReport) -> None:
        raise OSError(report.operation)

    unsubscribe = client.on_call(broken)
    with caplog.at_level(logging.ERROR):
        assert len(await client.thread.get_available()) == 1
    unsubscribe()
    assert caplog.messages == ["an on_call callback raised OSError"]
    assert len(reports) == 1


# ---- the log


async def test_a_call_is_logged_in_one_line_at_debug_with_fields(client, reports, sandbox, caplog):
    with caplog.at_level(logging.INFO, "liminal"):
        await client.thread.get_available()
    assert (only(reports).status, caplog.records) == (200, [])
    reports.clear()
    sandbox.fail_next(400)
    with caplog.at_level(logging.DEBUG, "liminal"):
        await failing(client.thread.get_available)
        await client.thread.get_available()
    for record, report, outcome in zip(
        caplog.records, reports, ("APIStatusError", 200), strict=True
    ):
        fields = vars(record)
        names = "operation", "status", "attempts", "request_id", "error", "cancelled", "seconds"
        assert {name: fields[name] for name in names} == told(report, dict.fromkeys(names))
        assert (record.name, record.levelno) == ("liminal", logging.DEBUG)
        assert record.getMessage() == (
            f"list_threads: {outcome} in {report.seconds:.3f} s"
            f" (attempts: 1, request id: {report.request_id})"
        )


async def test_a_record_factory_may_set_the_same_attributes(client, caplog, monkeypatch):
    def factory(*args: Any, **kwargs: Any) -> logging.LogRecord:
        record = logging.LogRecord(*args, **kwargs)
        record.request_id = "the program's"
        return record

    await client.thread.get_available()
    monkeypatch.setattr(logging, "_logRecordFactory", factory)
    with caplog.at_level(logging.DEBUG, "liminal"):
        await client.thread.get_available()
    assert [(vars(r)["request_id"], r.levelname) for r in caplog.records] == [
        ("the program's", "DEBUG")
    ]


# ---- calls side by side


async def test_each_item_of_a_bulk_run_is_reported_and_waits_for_its_rate(client, reports, sandbox):
    sandbox.fail_next(429, headers={"retry-after": "0.3"})  # longer than a first pause without it
    async for result in client.bulk.analyze(1, ["one", "two"]):
        assert result.error is None
    assert sorted(report.attempts for report in reports) == [1, 2]
    assert max(report.seconds_waiting for report in reports) >= 0.3


async def test_a_cancelled_call_is_reported_as_cancelled():  # derive: async-only
    service, reports = Service(), Reports()
    client = await service.signed_in()
    client.on_call(reports.append)
    with service.holding(THREADS):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(client.thread.get_available)
            await until(lambda: service.waiting)
            tasks.cancel_scope.cancel()
    report = only(reports)
    assert (report.cancelled, report.error, report.status) == (True, None, None)


async def test_a_call_closed_with_its_client_is_reported_with_an_error():
    reports = Reports()
    with FaultServer(lambda exchange: exchange.wait_for_hangup()) as server:
        client = client_of(server)
        client.on_call(reports.append)
        async with TaskGroup() as tasks:
            tasks.start(client.thread.get_available)
            await until(lambda: server.calls)
            await client.close()
    assert [report.error for report in reports if not report.is_login] == ["LiminalError"]
