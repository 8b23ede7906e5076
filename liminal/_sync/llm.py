# Derived from liminal/_async/llm.py by scripts/codegen/derive.py. Do not edit:
# change that file and run ./codegen.sh.
"""Model instances: the language models that a tenant's administrators have connected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from liminal._calls.arguments.checks import check_name
from liminal._calls.discreet import discreet
from liminal._calls.failures import context_of
from liminal._compat.keywords import renamed
from liminal.errors import ModelInstanceUnknownError
from liminal_api.api.llm import list_model_instances

if TYPE_CHECKING:
    from liminal_api.models import ModelInstance

    from ._api import SyncApi


class LLM:
    """The model instances that you may use: ``client.llm``."""

    def __init__(self, api: SyncApi) -> None:
        self._api = api

    @discreet
    def get_available_model_instances(self) -> list[ModelInstance]:
        """Return all model instances, including those without a model, which can't be used."""
        return list_model_instances.sync(client=self._api).data

    @discreet
    @renamed(model_instance_name="name")
    def get_model_instance(self, name: str) -> ModelInstance:
        """Return the model instance with exactly this name.

        Raises ModelInstanceUnknownError if there is none, or if it has no model and can't be used.
        """
        check_name("name", name)
        call = self._api.begin(list_model_instances.OPERATION, list_model_instances.get_kwargs())
        answer = self._api.finish(call)
        instances: list[ModelInstance] = answer.parsed.data
        context = context_of(call, answer.headers)
        named = [instance for instance in instances if instance.name == name]
        if not named:
            raise ModelInstanceUnknownError(
                "no model instance has that name: get_available_model_instances() lists the"
                f" {len(instances)} that you can see",
                **context,
            )
        usable = [instance for instance in named if instance.model_connections]
        if not usable:
            raise ModelInstanceUnknownError(
                "the model instance with that name has no model connections, so it can't be used:"
                " ask an administrator to connect a model to it",
                **context,
            )
        return usable[0]
