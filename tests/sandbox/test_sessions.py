"""Session values: how they roll, expire and end."""

import httpx
import pytest

from liminal.sandbox import Sandbox
from liminal.sandbox._service.state import Sessions
from tests.sandbox.conftest import INSTANCES, ME, connect, log_in


def status(client: httpx.Client, session: str, path: str = INSTANCES) -> int:
    client.cookies.clear()
    return client.get(path, headers={"Cookie": f"a=b; session={session}"}).status_code


def test_every_answer_brings_a_new_value(client: httpx.Client) -> None:
    seen = {client.cookies["session"]}
    for _ in range(3):
        client.get(INSTANCES).raise_for_status()
        seen.add(client.cookies["session"])
    assert len(seen) == 4


def test_a_value_that_rolled_stays_valid(client: httpx.Client) -> None:
    before = client.cookies["session"]
    client.get(INSTANCES)
    assert status(client, before) == 200


def test_with_no_grace_a_value_that_rolled_is_over() -> None:
    with Sandbox(roll_grace=0) as sandbox, connect(sandbox) as client:
        log_in(client)
        before = client.cookies["session"]
        client.get(INSTANCES)
        after = client.cookies["session"]
        assert status(client, before) == 401
        assert status(client, after) == 200


def test_sessions_can_be_kept_from_rolling() -> None:
    with Sandbox(roll_sessions=False) as sandbox, connect(sandbox) as client:
        log_in(client)
        assert "set-cookie" not in client.get(INSTANCES).headers
        assert "set-cookie" in client.get(ME).headers


def test_a_session_expires_and_says_when() -> None:
    with Sandbox(session_ttl=0.000001) as sandbox, connect(sandbox) as client:
        assert log_in(client).headers["set-cookie"].endswith("; Max-Age=1")
        assert client.get(INSTANCES).status_code == 401


def test_without_a_lifetime_a_session_says_nothing_of_it(stranger: httpx.Client) -> None:
    assert "max-age" not in log_in(stranger).headers["set-cookie"].lower()


def test_a_session_ends_after_its_uses_whatever_its_values() -> None:
    with Sandbox(session_uses=2) as sandbox, connect(sandbox) as client:
        log_in(client)
        first = client.cookies["session"]
        assert [client.get(INSTANCES).status_code for _ in range(3)] == [200, 200, 401]
        assert status(client, first) == 401
        assert log_in(client).status_code == 200
        assert client.get(INSTANCES).status_code == 200


def test_all_sessions_can_be_ended(sandbox: Sandbox, client: httpx.Client) -> None:
    sandbox.expire_sessions()
    assert client.get(INSTANCES).status_code == 401


def test_a_session_can_be_had_without_a_login(sandbox: Sandbox, stranger: httpx.Client) -> None:
    assert status(stranger, sandbox.create_session()) == 200
    assert sandbox.logins == 0


@pytest.mark.parametrize("session", ["", "x", "%00"])
def test_an_unknown_session_is_refused(stranger: httpx.Client, session: str) -> None:
    assert status(stranger, session) == 401


def test_no_session_is_refused(stranger: httpx.Client) -> None:
    answer = stranger.get(INSTANCES)
    assert answer.status_code == 401
    assert answer.json()["statusCode"] == 401


def test_two_session_cookies_are_a_mistake_that_is_told(
    sandbox: Sandbox, stranger: httpx.Client
) -> None:
    one, other = sandbox.create_session(), sandbox.create_session()
    cookies = {"Cookie": f"session={one}; session={other}"}
    assert stranger.get(INSTANCES, headers=cookies).status_code == 400


def test_the_same_session_twice_is_that_session(sandbox: Sandbox, stranger: httpx.Client) -> None:
    """2025.5.0 sends it so over an httpx client of its caller's."""
    session = sandbox.create_session()
    cookies = {"Cookie": f"session={session}; session={session}"}
    assert stranger.get(INSTANCES, headers=cookies).status_code == 200


def test_of_very_many_values_the_oldest_are_forgotten() -> None:
    sessions = Sessions(ttl=None, uses=None, roll=True, grace=None)
    first = sessions.begin(1)
    last = [sessions.begin(1) for _ in range(65_536)][-1]
    assert sessions.use(first) is None
    assert sessions.use(last) is not None
