"""Run a LangChain agent whose model sees no names, and whose tools see them only if trusted.

Reads LIMINAL_API_SERVER_URL, TOKEN and MODEL_INSTANCE_NAME from the environment. The
openai package reads OPENAI_API_KEY, and OPENAI_BASE_URL for another address.
"""

import os

from langchain.agents import create_agent
from langchain_core.messages import AIMessageChunk, HumanMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI

from liminal import SyncClient
from liminal.integrations.langchain import LiminalMiddleware

try:
    API_SERVER_URL = os.environ["LIMINAL_API_SERVER_URL"]
    TOKEN = os.environ["TOKEN"]
    MODEL_INSTANCE_NAME = os.environ["MODEL_INSTANCE_NAME"]
except KeyError as missing:
    raise SystemExit(f"Set {missing} in the environment") from None


@tool
def find_address(name: str) -> str:
    """Find the address of a person."""
    print(f"find_address sees {name}")  # the name itself, since this tool is trusted
    return f"{name} lives in St James's Square, London."


@tool
def search_the_web(words: str) -> str:
    """Search the web."""
    print(f"search_the_web sees {words}")  # PERSON_0
    return f"There is nothing about {words}."


def main() -> None:
    """Run the agent once, and print its answer as it arrives."""
    with SyncClient.authenticate_from_token(API_SERVER_URL, TOKEN) as client:
        model_instance = client.llm.get_model_instance(MODEL_INSTANCE_NAME)
        protection = LiminalMiddleware(
            client.conversation(model_instance.id), trusted_tools=["find_address"]
        )
        agent = create_agent(
            ChatOpenAI(model="gpt-5"), [find_address, search_the_web], middleware=[protection]
        )
        question = HumanMessage("Where does Ada Lovelace live?")
        for part in agent.stream({"messages": [question]}, stream_mode="messages", version="v2"):
            if part["type"] == "messages" and isinstance(part["data"][0], AIMessageChunk):
                print(part["data"][0].text, end="", flush=True)
        print()


if __name__ == "__main__":
    main()
