"""The groups of endpoints, seen from the clients' classes: what mocks are made from."""

import inspect
from typing import Any
from unittest.mock import AsyncMock, create_autospec

import pytest

from liminal import Client, SyncClient

GROUPS = {"llm": "get_model_instance", "thread": "create", "prompt": "cleanse"}


@pytest.mark.parametrize(("group", "method"), GROUPS.items())
@pytest.mark.parametrize("variant", [Client, SyncClient])
def test_a_mock_by_the_class_s_specification_has_the_endpoints(
    variant: type, group: str, method: str
) -> None:
    client = create_autospec(variant, instance=True)
    mocked = getattr(getattr(client, group), method)
    assert isinstance(mocked, AsyncMock) is (variant is Client)
    with pytest.raises(AttributeError):
        getattr(getattr(client, group), f"{method}s")


def test_such_a_mock_checks_a_call_s_arguments() -> None:
    client = create_autospec(SyncClient, instance=True)
    client.prompt.cleanse.return_value.text = "PERSON_0"
    assert client.prompt.cleanse(1, "Ada").text == "PERSON_0"
    client.prompt.cleanse.assert_called_once_with(1, "Ada")
    with pytest.raises(TypeError):
        client.prompt.cleanse()


@pytest.mark.parametrize("variant", [Client, SyncClient])
def test_the_class_shows_the_class_of_each_group_and_a_client_keeps_its_own(variant: Any) -> None:
    client = variant("http://127.0.0.1:9")
    for group in GROUPS:
        shown = getattr(variant, group)
        assert isinstance(getattr(client, group), shown)
        assert getattr(client, group) is getattr(client, group)
        assert inspect.getdoc(vars(variant)[group])
