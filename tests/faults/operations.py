"""Every operation of the facade, as a step for a variant: ``OPERATIONS[name](client)``."""

from collections.abc import Callable
from typing import Any

from liminal.endpoints.prompt.models import AnalysisFinding

from .wire import FINDING

PROMPT = "Write to Ada Lovelace"

Operation = Callable[[Any], Callable[[], Any]]

REPEATABLE: dict[str, Operation] = {
    "list_model_instances": lambda client: client.llm.get_available_model_instances,
    "list_threads": lambda client: client.thread.get_available,
    "get_thread": lambda client: lambda: client.thread.get_by_id(7),
    "analyze_prompt": lambda client: lambda: client.prompt.analyze(1, PROMPT),
    "cleanse_prompt": lambda client: (
        lambda: client.prompt.cleanse(1, PROMPT, findings=[AnalysisFinding.from_dict(FINDING)])
    ),
    "hydrate_prompt": lambda client: lambda: client.prompt.hydrate(1, "Dear PERSON_0"),
}
ONCE: dict[str, Operation] = {
    "create_thread": lambda client: lambda: client.thread.create(1, "A thread"),
    "submit_prompt": lambda client: lambda: client.prompt.submit(1, PROMPT),
}
STREAM: dict[str, Operation] = {
    "stream": lambda client: lambda: client.prompt.stream(1, PROMPT).text(),
}
OPERATIONS: dict[str, Operation] = REPEATABLE | ONCE | STREAM
