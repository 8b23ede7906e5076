"""A run with a journal: what was done is not done again, and what is in doubt is reported."""

from functools import partial
from pathlib import Path
from typing import Any

import pytest

from liminal import (
    APIConnectionError,
    APIStatusError,
    AuthError,
    Client,
    LiminalError,
    RateLimitError,
)
from liminal.auth import Token

from .bulk_runs import CLEANSE, SUBMIT, TEXTS, collect, sent

FEW = TEXTS[:12]


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "run.sqlite"


async def test_a_closed_run_can_be_resumed(client, sandbox, journal):
    async with client.bulk.cleanse(1, FEW, journal=journal, concurrency=1) as results:
        first = [await anext(results) for _ in range(3)]
    before = len(sent(sandbox, CLEANSE))
    assert before < 12
    results = client.bulk.cleanse(1, FEW, journal=journal)
    second = await collect(results)
    assert second[:3] == first
    assert [result.unwrap().text for result in second] == [
        f"Write to PERSON_0 {number}" for number in range(12)
    ]
    assert len(sent(sandbox, CLEANSE)) <= 12 + 1


async def test_items_are_recognized_in_another_order(client, sandbox, journal):
    await collect(client.bulk.submit(1, FEW, journal=journal))
    again = await collect(client.bulk.submit(1, [*reversed(FEW), "Ada"], journal=journal))
    assert [result.unwrap().input_text for result in again] == [*reversed(FEW), "Ada"]
    assert len(sent(sandbox, SUBMIT)) == 13


async def test_an_item_that_failed_is_sent_again(client, sandbox, journal):
    sandbox.fail_next(404, path=SUBMIT)
    results = await collect(client.bulk.submit(1, FEW, journal=journal))
    assert len([result for result in results if result.error]) == 1
    results = await collect(client.bulk.submit(1, FEW, journal=journal))
    assert [result.error for result in results] == [None] * 12
    assert len(sent(sandbox, SUBMIT)) == 13


async def test_a_rate_limited_submit_is_not_in_doubt(client, sandbox, journal):
    sandbox.fail_next(429, path=SUBMIT, headers={"Retry-After": "0"}, times=3)
    sandbox.fail_next(429, path=SUBMIT, headers={"Retry-After": "7200"})
    results = await collect(client.bulk.submit(1, FEW[:1], journal=journal))
    assert isinstance(results[0].error, RateLimitError)
    results = await collect(client.bulk.submit(1, FEW[:1], journal=journal))
    assert results[0].error is None


@pytest.mark.parametrize("how", ["status", "lost"])
async def test_a_submit_in_doubt_is_reported_and_not_sent_again(client, sandbox, journal, how):
    if how == "status":
        sandbox.fail_next(500, path=SUBMIT)
    else:
        sandbox.drop_next(path=SUBMIT)
    results = await collect(client.bulk.submit(1, FEW, journal=journal))
    failed = [result.index for result in results if result.error]
    assert len(failed) == 1
    for _ in range(2):
        results = await collect(client.bulk.submit(1, FEW, journal=journal))
        assert [result.index for result in results if result.error] == failed
        error = results[failed[0]].error
        assert isinstance(error, APIConnectionError)
        assert error.may_have_been_processed
    assert len(sent(sandbox, SUBMIT)) == 12


async def test_a_submit_without_a_sign_in_is_not_in_doubt(client, sandbox, journal):
    async with Client(sandbox.url, auth=Token("another")) as stranger:
        with pytest.raises(AuthError):
            await collect(stranger.bulk.submit(1, FEW, journal=journal, concurrency=1))
    results = await collect(client.bulk.submit(1, FEW, journal=journal))
    assert [result.error for result in results] == [None] * 12


async def test_a_submit_of_a_function_without_a_sign_in_is_not_in_doubt(client, sandbox, journal):
    for token in ("another", sandbox.token):
        async with Client(sandbox.url, auth=Token(token)) as chosen:

            async def call(text: str, chosen: Client = chosen) -> str:
                return (await chosen.prompt.submit(1, text)).input_text

            results = client.bulk.map(call, FEW[:1], journal=journal)
            if token == "another":
                with pytest.raises(AuthError):
                    await collect(results)
            else:
                assert [result.error for result in await collect(results)] == [None]


async def test_a_submit_within_a_function_is_not_sent_again(client, sandbox, journal):
    async def call(text: str) -> str:
        await client.prompt.submit(1, text)
        return (await client.prompt.cleanse(1, text)).text

    sandbox.fail_next(404, path=CLEANSE)
    results = await collect(client.bulk.map(call, FEW[:1], journal=journal))
    assert isinstance(results[0].error, APIStatusError)
    results = await collect(client.bulk.map(call, FEW[:1], journal=journal))
    assert isinstance(results[0].error, APIConnectionError)
    assert len(sent(sandbox, SUBMIT)) == 1


async def test_a_key_recognizes_an_item_that_has_no_digest(client, sandbox, journal):
    async def call(item: Any) -> str:
        return (await client.prompt.cleanse(1, item.decode())).text

    items = [b"Ada 1", b"Ada 2"]
    with pytest.raises(LiminalError, match="pass a key"):
        await collect(client.bulk.map(call, items, journal=journal))
    for _ in range(2):
        results = client.bulk.map(call, items, journal=journal, key=lambda item: item.decode())
        assert [result.key for result in await collect(results)] == ["Ada 1", "Ada 2"]
    assert len(sent(sandbox, CLEANSE)) == 2


async def test_a_value_that_a_journal_can_t_store_ends_the_run(client, journal):
    async def call(text: str) -> object:
        return object()

    with pytest.raises(LiminalError, match="can't store what the function returned"):
        await collect(client.bulk.map(call, FEW, journal=journal))


async def test_the_journal_of_another_run_is_refused(client, journal):
    await collect(client.bulk.cleanse(1, FEW[:1], journal=journal))
    with pytest.raises(LiminalError, match="with a different model_instance_id: use another file"):
        client.bulk.cleanse(2, FEW[:1], journal=journal)
    with pytest.raises(LiminalError, match="a different operation"):
        client.bulk.analyze(1, FEW[:1], journal=journal)


@pytest.mark.parametrize("function", [lambda item: item, partial(str)])
async def test_a_function_without_a_name_can_have_no_journal(client, journal, function):
    """Or the results of one would be taken for those of another."""
    with pytest.raises(LiminalError, match="a journal identifies a run by its function's name"):
        client.bulk.map(function, FEW, journal=journal)


async def test_a_dropped_run_releases_its_journal(client, journal):
    client.bulk.cleanse(1, FEW, journal=journal)
    results = client.bulk.cleanse(1, FEW, journal=journal)
    assert len(await collect(results)) == 12
