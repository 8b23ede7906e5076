"""Lapses of servers, and of proxies before them: each gives one clear error."""

import traceback

import brotli
import pytest

from liminal import APIStatusError, AuthError, Client, RequestError, ResponseValidationError
from liminal.sandbox import Sandbox

pytestmark = pytest.mark.anyio

ANALYZE = "/api/v1/prompts/analyze"
LOGIN = "/api/v1/auth/test-automation/login"
PAGE = "<!DOCTYPE html>\n<html><body>Down for maintenance, ticket 4711</body></html>\n"
PROMPT = "the prompt that nobody may see"


async def test_a_login_answered_without_a_session_cookie_is_an_auth_error(sandbox: Sandbox) -> None:
    sandbox.fail_next(200, path=LOGIN, body={"data": {}})
    with pytest.raises(AuthError, match="without a session cookie"):
        await Client.authenticate_from_token(sandbox.url, sandbox.token)


async def test_a_login_answered_by_a_page_is_an_auth_error(sandbox: Sandbox) -> None:
    sandbox.fail_next(200, path=LOGIN, body=PAGE)
    with pytest.raises(AuthError, match="check that api_server_url is"):
        await Client.authenticate_from_token(sandbox.url, sandbox.token)


async def test_a_login_that_takes_the_session_away_is_an_auth_error(sandbox: Sandbox) -> None:
    sandbox.fail_next(200, path=LOGIN, headers={"Set-Cookie": "session=; Max-Age=0"})
    with pytest.raises(AuthError, match="without a session cookie"):
        await Client.authenticate_from_token(sandbox.url, sandbox.token)


async def test_a_refused_token_is_an_auth_error(sandbox: Sandbox) -> None:
    with pytest.raises(AuthError, match="refused the login") as caught:
        await Client.authenticate_from_token(sandbox.url, "another-token")
    assert caught.value.status_code == 401


BROKEN = {
    "a page": (PAGE, "$"),
    "no JSON": ('{"data": ', "$"),
    "nothing": (b"", "$"),
    "not UTF-8": (b'{"data": {"findings": [], "text": "\xff\xfe"}}', "$"),
    "no envelope": ("[]", "$"),
    "no payload": ("{}", "$.data"),
    "a null": ('{"data": null}', "$.data"),
    "a missing field": ('{"data": {"text": "Ada"}}', "$.data.findings"),
    "a wrong type": ('{"data": {"findings": "Ada"}}', "$.data.findings"),
    "a wrong item": ('{"data": {"findings": ["Ada"]}}', "$.data.findings[0]"),
    "NaN": ('{"data": {"findings": NaN}}', "$"),
    "too deep": ("[" * 100_000, "$"),
}


@pytest.mark.parametrize("name", BROKEN)
async def test_a_broken_answer_says_where_it_is_broken(
    client: Client, sandbox: Sandbox, name: str
) -> None:
    body, path = BROKEN[name]
    sandbox.fail_next(200, path=ANALYZE, body=body)
    with pytest.raises(ResponseValidationError, match="Could not validate response: ") as caught:
        await client.prompt.analyze(1, PROMPT)
    assert (caught.value.path, caught.value.operation) == (path, "analyze_prompt")


@pytest.mark.parametrize("name", BROKEN)
async def test_a_broken_answer_is_shown_nowhere(
    client: Client, sandbox: Sandbox, name: str
) -> None:
    body, _ = BROKEN[name]
    sandbox.fail_next(200, path=ANALYZE, body=body)
    with pytest.raises(ResponseValidationError) as caught:
        await client.prompt.analyze(1, PROMPT)
    told = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
    assert not any(secret in told for secret in ("Ada", "4711", "nobody may see"))
    assert caught.value.__context__ is None


async def test_an_answer_in_an_unknown_coding_is_refused(client: Client, sandbox: Sandbox) -> None:
    sandbox.fail_next(200, path=ANALYZE, headers={"Content-Encoding": "compress"}, body=b"x")
    with pytest.raises(ResponseValidationError, match="content coding"):
        await client.prompt.analyze(1, PROMPT)


async def test_an_answer_in_a_coding_that_was_asked_for_is_read(
    client: Client, sandbox: Sandbox
) -> None:
    whole = b'{"data": {"findings": [], "text": "Ada"}}'
    headers = {"Content-Encoding": "br"}
    sandbox.fail_next(200, path=ANALYZE, headers=headers, body=brotli.compress(whole))

    assert (await client.prompt.analyze(1, PROMPT)).text == "Ada"
    assert "br" in dict(sandbox.requests[-1].headers)["accept-encoding"].split(", ")


async def test_an_error_page_is_an_error_of_its_status(client: Client, sandbox: Sandbox) -> None:
    sandbox.fail_next(500, times=3, path=ANALYZE, body=PAGE)
    with pytest.raises(APIStatusError, match="500 Internal Server Error") as caught:
        await client.with_options(max_retries=0).prompt.analyze(1, PROMPT)
    error = caught.value
    assert (error.status_code, error.body, error.operation) == (
        500,
        PAGE.encode(),
        "analyze_prompt",
    )
    assert "4711" not in "".join(traceback.format_exception(error))


async def test_what_may_have_been_done_is_not_to_be_asked_for_again_blindly(
    client: Client, sandbox: Sandbox
) -> None:
    sandbox.fail_next(502, path="*/prompts/submit")
    with pytest.raises(APIStatusError, match="may have been done all the same: look before"):
        await client.prompt.submit(1, PROMPT)


async def test_a_submit_that_was_turned_away_was_not_done(client: Client, sandbox: Sandbox) -> None:
    sandbox.fail_next(503, path="*/prompts/submit", headers={"Retry-After": "61"})
    with pytest.raises(APIStatusError, match="503 Service Unavailable; try again later"):
        await client.prompt.submit(1, PROMPT)


async def test_an_answer_may_begin_with_a_byte_order_mark(client: Client, sandbox: Sandbox) -> None:
    body = b'\xef\xbb\xbf{"data": {"findings": []}}'
    sandbox.fail_next(200, path=ANALYZE, body=body)
    assert (await client.prompt.analyze(1, PROMPT)).findings == []


async def test_an_error_quotes_the_request_id(client: Client, sandbox: Sandbox) -> None:
    sandbox.fail_next(404, path=ANALYZE, headers={"x-request-id": "abc-123"})
    with pytest.raises(RequestError) as caught:
        await client.prompt.analyze(1, PROMPT)
    assert caught.value.request_id == "abc-123"


async def test_a_redirect_is_not_followed(client: Client, sandbox: Sandbox) -> None:
    sandbox.fail_next(307, path=ANALYZE, headers={"Location": "https://elsewhere.example/"})
    with pytest.raises(APIStatusError, match="redirects are not followed"):
        await client.prompt.analyze(1, PROMPT)


async def test_a_status_nobody_knows_is_told_all_the_same(client: Client, sandbox: Sandbox) -> None:
    sandbox.fail_next(499, path=ANALYZE)
    with pytest.raises(APIStatusError, match="the service answered 499; see the error's body"):
        await client.prompt.analyze(1, PROMPT)


async def test_an_answer_larger_than_the_limit_is_refused(client: Client) -> None:
    with pytest.raises(ResponseValidationError, match="larger than 10 bytes"):
        await client.with_options(max_body_bytes=10).prompt.analyze(1, PROMPT)
