"""One good answer for each path of the wire contract."""

from typing import Any

TIME = "2025-01-02T03:04:05.678Z"

FINDING: dict[str, Any] = {
    "start": 9,
    "end": 21,
    "text": "Ada Lovelace",
    "type": "PERSON",
    "score": 0.9,
    "scoreCategory": "VERY LIKELY",
    "policyAction": "redact",
    "customTerm": None,
}
INSTANCE: dict[str, Any] = {
    "id": 1,
    "policyGroupId": 1,
    "instructions": "",
    "name": "My Model",
    "modelConnections": [
        {
            "id": 1,
            "modelInstanceId": 1,
            "credentials": {"apiKey": "kanarie-credential"},
            "model": "gpt-4o",
            "providerKey": "openai",
            "createdAt": TIME,
            "updatedAt": TIME,
        }
    ],
    "createdAt": TIME,
    "updatedAt": TIME,
}
THREAD: dict[str, Any] = {
    "id": 7,
    "modelInstanceId": 1,
    "userId": 1,
    "name": "A thread",
    "source": "sdk",
    "type": "default",
    "modelInstance": INSTANCE,
    "createdAt": TIME,
    "updatedAt": TIME,
}
CLEANSED: dict[str, Any] = {
    "text": "Write to PERSON_0",
    "items": [{"start": 9, "end": 17, "entityType": "PERSON_0"}],
    "textHashed": "Write to YWJj",
    "itemsHashed": [{"start": 9, "end": 13, "entityType": "PERSON_0"}],
}
SUBMITTED: dict[str, Any] = {
    "threadId": 7,
    "chatId": 1,
    "inputText": "Write to Ada Lovelace",
    "deidentifiedInputTextData": CLEANSED,
    "deidentifiedContextHistory": [],  # not in the contract, yet the service was seen to send it
    "llmModel": "gpt-4o",
    "rawLLMResponseText": "Dear PERSON_0",
    "reidentifiedLLMResponseText": "Dear Ada Lovelace",
    "reidentifiedLLMResponseItems": [
        {"start": 5, "end": 17, "entityType": "PERSON_0", "text": "Ada Lovelace"}
    ],
}

_GOOD: dict[str, Any] = {
    "GET /api/v1/model-instances": [INSTANCE],
    "GET /api/v1/threads": [THREAD],
    "POST /api/v1/threads": THREAD,
    "POST /api/v1/prompts/analyze": {"findings": [FINDING], "text": "Write to Ada Lovelace"},
    "POST /api/v1/prompts/cleanse": CLEANSED,
    "POST /api/v1/prompts/hydrate": {"text": "Dear Ada Lovelace", "items": []},
    "POST /api/v1/prompts/submit": SUBMITTED,
}

GOOD_STREAM = (
    b'{"content":"Dear ","finishReason":null}\n'
    b'{"content":"Lovelace","finishReason":null}\n'
    b'{"content":"","finishReason":"stop"}\n'
)


def good_data(method: str, path: str) -> Any:
    """The payload that the contract wants; what is not in the table is a thread by its id."""
    return _GOOD.get(f"{method} {path.partition('?')[0]}", THREAD)
