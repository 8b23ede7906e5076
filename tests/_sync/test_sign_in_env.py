# Derived from tests/_async/test_sign_in_env.py by scripts/codegen/derive.py. Do not edit:
# change that file and run ./codegen.sh.
"""Signing in with the environment's variables; which of them count: tests/auth/test_env.py."""

import pytest

from liminal import AuthError, SyncClient


@pytest.mark.parametrize("variable", ["LIMINAL_TOKEN", "LIMINAL_SESSION_ID"])
def test_an_environment_variable_signs_in_at_the_first_call(sandbox, monkeypatch, variable):
    token = variable == "LIMINAL_TOKEN"
    monkeypatch.setenv("LIMINAL_API_SERVER_URL", sandbox.url)
    monkeypatch.setenv(variable, sandbox.token if token else sandbox.create_session())
    with SyncClient.from_env(deadline=7) as client:
        assert client.api.options.deadline == 7
        assert sandbox.requests == []
        assert client.thread.get_available()
    assert (sandbox.logins, sandbox.renewals) == (int(token), 0)


def test_a_wrong_variable_is_refused_before_anything_is_sent(monkeypatch):
    monkeypatch.setenv("LIMINAL_TOKEN", "secret\x01secret")
    with pytest.raises(AuthError, match="Set LIMINAL_API_SERVER_URL in the environment"):
        SyncClient.from_env()
    monkeypatch.setenv("LIMINAL_API_SERVER_URL", "https://api.tenant.example")
    with pytest.raises(AuthError, match="not visible ASCII") as caught:
        SyncClient.from_env()
    assert "secret" not in str(caught.value)
