"""The groups of endpoints, seen from the clients' classes: what mocks are made from."""

import inspect
from unittest.mock import AsyncMock, create_autospec

import pytest

from liminal import Client, SyncClient

GROUPS = {"llm": "get_model_instance", "thread": "create", "prompt": "cleanse"}


@pytest.mark.parametrize("variant", [Client, SyncClient])
def test_the_class_shows_the_class_of_each_group_and_a_client_keeps_its_own(variant):
    client, mock = variant("http://127.0.0.1:9"), create_autospec(variant, instance=True)
    for group, method in GROUPS.items():
        assert isinstance(getattr(client, group), getattr(variant, group))
        assert getattr(client, group) is getattr(client, group)
        assert inspect.getdoc(vars(variant)[group])
        mocked = getattr(mock, group)
        assert isinstance(getattr(mocked, method), AsyncMock) is (variant is Client)
        with pytest.raises(AttributeError):
            getattr(mocked, f"{method}s")


def test_a_mock_of_a_client_checks_the_arguments_of_a_call():
    client = create_autospec(SyncClient, instance=True)
    client.prompt.cleanse.return_value.text = "PERSON_0"
    assert client.prompt.cleanse(1, "Ada").text == "PERSON_0"
    client.prompt.cleanse.assert_called_once_with(1, "Ada")
    with pytest.raises(TypeError):
        client.prompt.cleanse()
