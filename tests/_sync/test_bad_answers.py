# Derived from tests/_async/test_bad_answers.py by scripts/codegen/derive.py. Do not edit:
# change that file and run ./codegen.sh.
"""Malformed answers of servers, and of proxies before them: each gives one clear error."""

import traceback

import brotli
import pytest

from liminal import APIStatusError, ResponseValidationError

ANALYZE, SUBMIT = "/api/v1/prompts/analyze", "/api/v1/prompts/submit"
PAGE = "<!DOCTYPE html>\n<html><body>Down for maintenance, ticket 4711</body></html>\n"
PROMPT = "the prompt that nobody may see"

BROKEN: dict[str, tuple[str | bytes, str]] = {
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
def test_an_invalid_answer_is_an_error_that_says_where(client, sandbox, name):
    body, path = BROKEN[name]
    sandbox.fail_next(200, path=ANALYZE, body=body)
    with pytest.raises(ResponseValidationError, match="Could not validate response: ") as caught:
        client.prompt.analyze(1, PROMPT)
    assert (caught.value.path, caught.value.operation) == (path, "analyze_prompt")
    told = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
    assert not any(secret in told for secret in ("Ada", "4711", "nobody may see"))
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b'\xef\xbb\xbf{"data": {"findings": [], "text": "Ada"}}', {}),
        (brotli.compress(b'{"data": {"findings": [], "text": "Ada"}}'), {"Content-Encoding": "br"}),
    ],
    ids=["with a byte order mark", "in a coding that was asked for"],
)
def test_an_answer_in_another_encoding_is_decoded(client, sandbox, body, headers):
    sandbox.fail_next(200, path=ANALYZE, headers=headers, body=body)
    assert client.prompt.analyze(1, PROMPT).text == "Ada"
    assert "br" in dict(sandbox.requests[-1].headers)["accept-encoding"].split(", ")


@pytest.mark.parametrize(
    ("path", "status", "options", "message"),
    [
        (ANALYZE, 500, {"body": PAGE}, "500 Internal Server Error"),
        (ANALYZE, 499, {}, "the service answered 499; see the error's body"),
        (SUBMIT, 502, {}, "may have been processed: check before"),
        (SUBMIT, 503, {"headers": {"Retry-After": "61"}}, "503 Service Unavailable; try again"),
    ],
)
def test_an_error_says_what_to_do_and_not_its_body(
    client, sandbox, *, path, status, options, message
):
    sandbox.fail_next(status, path=path, **options)
    asking = client.with_options(max_retries=0).prompt
    with pytest.raises(APIStatusError, match=message) as caught:
        (asking.analyze if path == ANALYZE else asking.submit)(1, PROMPT)
    assert caught.value.status_code == status
    if status == 500:
        assert caught.value.body == PAGE.encode()
        assert "4711" not in "".join(traceback.format_exception(caught.value))
