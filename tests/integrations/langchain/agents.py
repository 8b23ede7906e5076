"""Agents with two tools, which record what they saw."""

import json
from typing import Any

from langchain.agents import create_agent
from langchain.tools import ToolRuntime
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import HumanMessage, ToolMessage
from langchain_core.tools import tool
from langgraph.types import Command
from pydantic import BaseModel

from liminal.testing import Reply, ToolCall

PERSON = "PERSON_0"


SEND = Reply(f"Dear {PERSON}.", tool_calls=[ToolCall("send", {"name": PERSON, "to": PERSON})])


class Letter(BaseModel):
    """A letter."""

    name: str


class Tools:
    """Two tools, which record what they saw."""

    def __init__(self) -> None:
        self.seen: list[Any] = []
        seen = self.seen

        @tool
        def send(name: str, to: str) -> str:
            """Send a letter."""
            seen.append((name, to))
            return json.dumps({"sent to": to})

        @tool
        def look(runtime: ToolRuntime[Any, Any]) -> Command[Any]:
            """Look at the state, and change it."""
            seen.append(runtime.state)
            said = ToolMessage("{I saw PERSON_0}", tool_call_id=runtime.tool_call_id)
            messages = [said, HumanMessage("and PERSON_0")]
            return Command(update={"messages": messages, "notes": ["PERSON_0", 1]})

        self.all = [send, look]


def agent_of(model: BaseChatModel, tools: Tools, middleware: Any, **options: Any) -> Any:
    return create_agent(model, tools.all, middleware=[middleware], **options)
