"""Signing in with the environment's variables; which of them count: tests/auth/test_env.py."""

import pytest

from liminal import AuthError, Client

pytestmark = pytest.mark.anyio


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
