"""Session values: how they roll, expire and end."""

import httpx
import pytest

from liminal.sandbox import Sandbox
from liminal.sandbox._service.state import Sessions

from .conftest import connect, log_in, serving
from .paths import INSTANCES, ME


def status(client: httpx.Client, cookies: str) -> int:
    client.cookies.clear()
    return client.get(INSTANCES, headers={"Cookie": cookies} if cookies else {}).status_code


def test_every_answer_brings_a_new_value_and_the_old_one_stays_valid(client):
    seen = [client.cookies["session"]]
    for _ in range(3):
        client.get(INSTANCES).raise_for_status()
        seen.append(client.cookies["session"])
    assert len(set(seen)) == 4
    assert status(client, f"a=b; session={seen[0]}") == 200


def test_without_grace_a_rolled_value_is_invalid():
    with serving(roll_grace=0) as (_, client):
        before = client.cookies["session"]
        client.get(INSTANCES)
        after = client.cookies["session"]
        assert status(client, f"session={before}") == 401
        assert status(client, f"session={after}") == 200


def test_without_rolling_only_users_me_renews_a_session():
    with serving(roll_sessions=False) as (_, client):
        assert "set-cookie" not in client.get(INSTANCES).headers
        assert "set-cookie" in client.get(ME).headers


def test_an_expired_session_is_refused():
    with Sandbox(session_ttl=0.000001) as sandbox, connect(sandbox) as client:
        assert log_in(client).headers["set-cookie"].endswith("; Max-Age=1")
        assert client.get(INSTANCES).status_code == 401


def test_a_session_ends_after_its_uses_across_all_values():
    with serving(session_uses=2) as (_, client):
        first = client.cookies["session"]
        assert [client.get(INSTANCES).status_code for _ in range(3)] == [200, 200, 401]
        assert status(client, f"session={first}") == 401
        assert log_in(client).status_code == 200
        assert client.get(INSTANCES).status_code == 200


@pytest.mark.parametrize(
    ("cookies", "expected"),
    [
        ("session={0}", 200),
        ("session={0}; session={0}", 200),  # as 2025.5.0 sends it over its caller's client
        ("session={0}; session={1}", 400),
        ("session=", 401),
        ("session=x", 401),
        ("session=%00", 401),
        ("", 401),
    ],
)
def test_a_known_session_needs_no_login(sandbox, stranger, cookies, expected):
    sessions = sandbox.create_session(), sandbox.create_session()
    assert status(stranger, cookies.format(*sessions)) == expected
    assert sandbox.logins == 0


def test_the_oldest_of_very_many_values_are_dropped():
    sessions = Sessions(ttl=None, uses=None, roll=True, grace=None)
    first = sessions.begin(1)
    last = [sessions.begin(1) for _ in range(65_536)][-1]
    assert sessions.use(first) is None
    assert sessions.use(last) is not None
