"""Analyzes, cleanses, submits, streams and hydrates a prompt, with and without a thread."""

import asyncio
import os

from liminal import Client

PROMPT = "Write to Ada Lovelace at ada@example.com"


async def main() -> None:
    liminal = await Client.authenticate_from_token(
        os.environ["LIMINAL_API_SERVER_URL"], os.environ["TOKEN"]
    )
    instance = await liminal.llm.get_model_instance("sandbox-model")
    thread = await liminal.thread.create(instance.id, "New Thread")
    assert (await liminal.thread.get_by_id(thread.id)).name == "New Thread"
    print([(one.id, one.type.value) for one in await liminal.thread.get_available()])

    for thread_id in (None, thread.id, thread.id):
        findings = await liminal.prompt.analyze(instance.id, PROMPT)
        print([(str(one.type), one.text) for one in findings.findings])
        for given in (None, findings):
            cleansed = await liminal.prompt.cleanse(
                instance.id, PROMPT, findings=given, thread_id=thread_id
            )
            print(cleansed.text, cleansed.text_hashed, [one.start for one in cleansed.items])
            answer = await liminal.prompt.submit(
                instance.id, PROMPT, thread_id=thread_id, findings=given
            )
            print(answer.reidentified_llm_response_text, answer.llm_model, answer.chat_id)
            history = answer.deidentified_context_history
            print([(token.deid_text, token.hash_text) for token in history])
            stream = liminal.prompt.stream(instance.id, PROMPT, thread_id=thread_id, findings=given)
            async for chunk in stream:
                print(chunk.content, chunk.finish_reason)
            hydrated = await liminal.prompt.hydrate(instance.id, cleansed.text, thread_id=thread_id)
            print(hydrated.text, [one.entity_type for one in hydrated.items])


asyncio.run(main())
