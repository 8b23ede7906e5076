"""The old base classes of models and answers, for ``isinstance`` only."""

from __future__ import annotations

from abc import ABCMeta

from liminal.errors import LiminalError


class BaseModel(metaclass=ABCMeta):  # noqa: B024 - subclasses are recognized by their methods
    """Any model of the API, that is, any class with ``from_dict`` and ``to_dict``."""

    def __init_subclass__(cls) -> None:
        raise LiminalError(
            "the SDK's models no longer use mashumaro: derive "
            f"{cls.__name__} from mashumaro.DataClassDictMixin"
        )

    @classmethod
    def __subclasshook__(cls, subclass: type, /) -> bool:
        return hasattr(subclass, "from_dict") and hasattr(subclass, "to_dict")


BaseResponseSchema = BaseModel
