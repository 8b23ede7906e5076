"""Signing in: what each credential sends, what a login may be answered, what providers may do.

Which tokens and variables are valid is told by tests/auth.
"""

import pytest

from liminal import APITimeoutError, AuthError, Client
from tests.support.service import ME, PROVIDER_LOGIN, THREADS, TOKEN_LOGIN, answer, in_renewal
from tests.support.tasks import TaskGroup

from .session_service import Provider

# What each credential sends


@pytest.mark.parametrize(
    ("auth", "path", "header", "value"),
    [
        (None, TOKEN_LOGIN, "x-test-automation-api-key", "a-token"),
        (Provider("provider-token"), PROVIDER_LOGIN, "authorization", "Bearer provider-token"),
    ],
    ids=["token", "provider"],
)
async def test_a_token_is_sent_in_its_header_to_the_login_alone(service, auth, path, header, value):
    await service.client(auth).thread.get_available()
    assert service.paths == [path, THREADS]
    assert service.headers[0][header] == value
    assert header not in service.headers[1]


async def test_each_class_method_opens_the_session_at_once(service):
    service.cookie()
    options = {"httpx_client": service.user_client()}
    for client in (
        await Client.authenticate_from_token(service.url, "t", **options),
        await Client.authenticate_from_session_id(service.url, "s1", **options),
        await Client.authenticate_from_auth_provider(service.url, Provider("t"), **options),
    ):
        assert client.session_id not in {None, "s1"}
    assert service.paths == [TOKEN_LOGIN, ME, PROVIDER_LOGIN]


async def test_a_sign_in_that_takes_too_long_names_its_login(client, sandbox):
    await client.thread.get_available()  # imports what it needs
    sandbox.answer_delay = 5
    with pytest.raises(APITimeoutError, match="within the deadline") as caught:
        await Client.authenticate_from_token(sandbox.url, sandbox.token, deadline=0.5)
    assert (caught.value.operation, caught.value.attempts) == ("login_with_environment_token", 1)


async def test_a_client_without_a_credential_raises_at_its_first_call(service):
    client = Client(service.url, httpx_client=service.user_client())
    with pytest.raises(AuthError, match="no way to sign in: pass auth="):
        await client.thread.get_available()
    assert service.paths == []


# What a login may be answered


@pytest.mark.parametrize(
    ("content", "headers"),
    [
        (b"", {}),
        (b"<html>welcome</html>", {"content_type": "text/html"}),
        (b"not gzip", {"content_encoding": "gzip"}),
        (b"x", {"content_encoding": "compress"}),
        (b"x" * 2_000_000, {}),
    ],
    ids=["empty", "html", "broken gzip", "unknown coding", "2 MB"],
)
async def test_the_body_of_a_login_does_not_matter(service, content, headers):
    """It is not promised: the session is in the headers."""
    service.next_logins.append(answer(200, service.cookie(), content=content, **headers))
    assert await service.client(max_retries=0).thread.get_available() == []


# Providers that fail, or take their time


async def test_a_provider_is_asked_once_for_all_that_wait_and_again_after_a_failure(service):
    provider = Provider(ValueError("secret"), "token")
    client = service.client(provider)
    provider.answers_when = lambda: in_renewal(client) == 5
    async with TaskGroup() as tasks:
        calls = [tasks.start(client.thread.get_available) for _ in range(5)]
    for call in calls:
        assert isinstance(call.error, AuthError)
        assert "Provider raised ValueError" in str(call.error)
        assert "secret" not in repr(call.error)
    assert (provider.asked, service.requests) == (1, [])
    provider.answers_when = lambda: True
    assert await client.thread.get_available() == []


async def test_timeout_and_deadline_stop_while_a_person_signs_in(service):
    provider = Provider("token")
    provider.interactive = True
    provider.takes = 0.9
    client = service.client(provider, timeout=0.5, deadline=0.8)
    async with TaskGroup() as tasks:
        calls = [tasks.start(client.thread.get_available) for _ in range(5)]
    assert [call.error for call in calls] == [None] * 5
    assert provider.asked == 1


async def test_to_sign_in_at_once_ends_when_its_time_is_over(service, monkeypatch):
    async def late(*_) -> bool:
        raise TimeoutError

    api = service.client().api
    monkeypatch.setattr(api.runner, "_renew", late)
    with pytest.raises(APITimeoutError, match="no answer within"):
        await api.runner.authenticate(api.options)


async def test_a_provider_may_take_longer_than_the_timeout_of_a_request(service):
    provider = Provider("token")
    provider.takes = 0.2
    client = service.client(provider, timeout=0.1, max_retries=0)
    assert await client.thread.get_available() == []


# Variables of the environment


@pytest.mark.parametrize("variable", ["LIMINAL_TOKEN", "LIMINAL_SESSION_ID"])
async def test_an_environment_variable_signs_in_at_the_first_call(sandbox, monkeypatch, variable):
    token = variable == "LIMINAL_TOKEN"
    monkeypatch.setenv("LIMINAL_API_SERVER_URL", sandbox.url)
    monkeypatch.setenv(variable, sandbox.token if token else sandbox.create_session())
    async with Client.from_env(deadline=7) as client:
        assert client.api.options.deadline == 7
        assert sandbox.requests == []
        assert await client.thread.get_available()
    assert (sandbox.logins, sandbox.renewals) == (int(token), 0)


async def test_a_wrong_variable_is_refused_before_anything_is_sent(monkeypatch):
    monkeypatch.setenv("LIMINAL_TOKEN", "secret\x01secret")
    with pytest.raises(AuthError, match="Set LIMINAL_API_SERVER_URL in the environment"):
        Client.from_env()
    monkeypatch.setenv("LIMINAL_API_SERVER_URL", "https://api.tenant.example")
    with pytest.raises(AuthError, match="not visible ASCII") as caught:
        Client.from_env()
    assert "secret" not in str(caught.value)
