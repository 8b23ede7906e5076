# Derived from tests/_async/test_sign_in_providers.py by scripts/codegen/derive.py. Do not edit:
# change that file and run ./codegen.sh.
"""Providers that fail, and that take their time; which tokens are valid: tests/auth."""

import pytest

from liminal import APITimeoutError, AuthError, SyncClient
from liminal.auth import AuthProvider
from tests.support.service import in_renewal
from tests.support.tasks import ThreadGroup

from .session_service import Provider


def test_a_provider_that_failed_is_asked_again_by_the_next_call(service):
    client = service.client(Provider(ValueError("secret"), "token"))
    with pytest.raises(AuthError, match="Provider raised ValueError") as caught:
        client.thread.get_available()
    assert "secret" not in repr(caught.value)
    assert service.requests == []
    assert client.thread.get_available() == []


def test_a_provider_is_asked_once_for_all_who_wait_and_fails_for_all(service):
    provider = Provider(ValueError(), "token")
    client = service.client(provider)
    provider.answers_when = lambda: in_renewal(client) == 5
    with ThreadGroup() as tasks:
        calls = [tasks.start(client.thread.get_available) for _ in range(5)]
    assert all(isinstance(call.error, AuthError) for call in calls)
    assert provider.asked == 1


class WithNeitherMethod(AuthProvider):
    """Is a provider by name alone."""


def test_a_provider_without_the_method_for_this_client_says_so(service):
    with pytest.raises(AuthError, match="WithNeitherMethod can't sign in a"):
        service.client(WithNeitherMethod()).thread.get_available()
    with pytest.raises(AuthError, match="auth can't be of type object"):
        service.client(object())


def test_timeout_and_deadline_stop_while_a_person_signs_in(service):
    provider = Provider("token")
    provider.interactive = True
    provider.takes = 0.9
    client = service.client(provider, timeout=0.5, deadline=0.8)
    with ThreadGroup() as tasks:
        calls = [tasks.start(client.thread.get_available) for _ in range(5)]
    assert [call.error for call in calls] == [None] * 5
    assert provider.asked == 1


def test_a_provider_may_take_longer_than_timeout_but_not_than_the_deadline(service):
    provider = Provider("token")
    provider.takes = 0.2
    client = service.client(provider, timeout=0.1, max_retries=0)
    assert client.thread.get_available() == []
    with pytest.raises(APITimeoutError, match="deadline"):
        service.client(provider, deadline=0.1).thread.get_available()
    with pytest.raises(APITimeoutError, match="deadline"):
        SyncClient.authenticate_from_auth_provider(
            service.url, provider, httpx_client=service.user_client(), deadline=0.1
        )
