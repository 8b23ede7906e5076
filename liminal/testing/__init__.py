"""Helps to test programs that use Liminal: a pytest plugin, and stand-ins for a model.

It needs the extra ``testing``: ``pip install "liminal-sdk-python[testing]"``.

    from liminal.testing import FakeOpenAI

    with FakeOpenAI() as model:
        model.reply("Dear PERSON_0")
        client = openai.OpenAI(base_url=model.base_url, api_key=model.api_key)
        ...
        assert not model.saw("Ada Lovelace")

Names are loaded at their first use, since pytest imports this package at each start.
"""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False  # not imported, since typing takes longer to load than everything else here
if TYPE_CHECKING:
    from liminal.testing._canary.canary import Canary
    from liminal.testing._models.fake import FakeModel
    from liminal.testing._models.ledger import Message, ModelRequest
    from liminal.testing._models.reply import Reply, ToolCall
    from liminal.testing._models.services import FakeAnthropic, FakeOpenAI
    from liminal.testing._recorder.recorder import Recorder
    from liminal.testing._running import running_sandbox

__all__ = [
    "Canary",
    "FakeAnthropic",
    "FakeModel",
    "FakeOpenAI",
    "Message",
    "ModelRequest",
    "Recorder",
    "Reply",
    "ToolCall",
    "running_sandbox",
]

_WHERE = {
    "Canary": "_canary.canary",
    "FakeAnthropic": "_models.services",
    "FakeModel": "_models.fake",
    "FakeOpenAI": "_models.services",
    "Message": "_models.ledger",
    "ModelRequest": "_models.ledger",
    "Recorder": "_recorder.recorder",
    "Reply": "_models.reply",
    "ToolCall": "_models.reply",
    "running_sandbox": "_running",
}


def __getattr__(name: str) -> object:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{_WHERE[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
