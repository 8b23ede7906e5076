"""One good answer for each path of the wire contract."""

import json
from typing import Any

TIME = "2025-01-02T03:04:05.678Z"
_TIMES = {"createdAt": TIME, "updatedAt": TIME}

FINDING: dict[str, Any] = json.loads("""{
    "start": 9, "end": 21, "text": "Ada Lovelace", "type": "PERSON", "score": 0.9,
    "scoreCategory": "VERY LIKELY", "policyAction": "redact", "customTerm": null
}""")
_CONNECTION: dict[str, Any] = _TIMES | json.loads("""{
    "id": 1, "modelInstanceId": 1, "credentials": {"apiKey": "kanarie-credential"},
    "model": "gpt-4o", "providerKey": "openai"
}""")
INSTANCE: dict[str, Any] = {
    **json.loads('{"id": 1, "policyGroupId": 1, "instructions": "", "name": "My Model"}'),
    "modelConnections": [_CONNECTION],
    **_TIMES,
}
THREAD: dict[str, Any] = (
    _TIMES
    | json.loads("""{
    "id": 7, "modelInstanceId": 1, "userId": 1, "name": "A thread", "source": "sdk",
    "type": "default"
}""")
    | {"modelInstance": INSTANCE}
)
CLEANSED: dict[str, Any] = json.loads("""{
    "text": "Write to PERSON_0",
    "items": [{"start": 9, "end": 17, "entityType": "PERSON_0"}],
    "textHashed": "Write to YWJj",
    "itemsHashed": [{"start": 9, "end": 13, "entityType": "PERSON_0"}]
}""")
# The contract has no deidentifiedContextHistory, but the service was seen to send it.
SUBMITTED: dict[str, Any] = {"deidentifiedInputTextData": CLEANSED} | json.loads("""{
    "threadId": 7, "chatId": 1, "inputText": "Write to Ada Lovelace",
    "deidentifiedContextHistory": [], "llmModel": "gpt-4o",
    "rawLLMResponseText": "Dear PERSON_0", "reidentifiedLLMResponseText": "Dear Ada Lovelace",
    "reidentifiedLLMResponseItems": [
        {"start": 5, "end": 17, "entityType": "PERSON_0", "text": "Ada Lovelace"}
    ]
}""")

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
    """The payload by the contract; a path that is not in the table is a thread by its id."""
    own = path[max(0, path.find("/api/")) :]  # without a gateway's prefix
    return _GOOD.get(f"{method} {own.partition('?')[0]}", THREAD)
