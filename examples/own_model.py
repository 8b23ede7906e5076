"""Ask OpenAI's model; Liminal cleanses the prompt and hydrates the answer.

Reads LIMINAL_API_SERVER_URL, TOKEN and MODEL_INSTANCE_NAME from the environment. The
openai package reads OPENAI_API_KEY, and OPENAI_BASE_URL for another address.
"""

import os

from openai import OpenAI

from liminal import SyncClient
from liminal.integrations.openai import protect

try:
    API_SERVER_URL = os.environ["LIMINAL_API_SERVER_URL"]
    TOKEN = os.environ["TOKEN"]
    MODEL_INSTANCE_NAME = os.environ["MODEL_INSTANCE_NAME"]
except KeyError as missing:
    raise SystemExit(f"Set {missing} in the environment") from None


def main() -> None:
    """Send one prompt."""
    with SyncClient.authenticate_from_token(API_SERVER_URL, TOKEN) as client, OpenAI() as model:
        model_instance = client.llm.get_model_instance(MODEL_INSTANCE_NAME)
        conversation = client.conversation(model_instance.id)
        protected = protect(model, conversation)
        answer = protected.chat.completions.create(
            model="gpt-5", messages=[{"role": "user", "content": "Write to Ada Lovelace."}]
        )
        print(f"answer: {answer.choices[0].message.content}")
        print(f"hidden from the model: {len(conversation.placeholders)}")


if __name__ == "__main__":
    main()
