"""What the service may answer: values that fit the contract, made anew at each call."""

from __future__ import annotations

from typing import Any

TIME = "2024-05-14T09:26:53.589Z"


def connection() -> dict[str, Any]:
    return {
        "id": 11,
        "modelInstanceId": 7,
        "credentials": {"apiKey": "sk-secret", "organization": None},
        "model": "gpt-4o",
        "providerKey": "openai",
        "createdAt": TIME,
        "updatedAt": TIME,
        "deletedAt": None,
    }


def model_instance() -> dict[str, Any]:
    return {
        "id": 7,
        "policyGroupId": 2,
        "trainerThreadId": None,
        "userId": 3,
        "instructions": "Be brief.",
        "name": "gpt-test",
        "modelConnections": [connection()],
        "createdAt": TIME,
        "updatedAt": TIME,
        "deletedAt": None,
    }


def chat() -> dict[str, Any]:
    return {
        "id": 108,
        "threadId": 42,
        "rawInput": "Write to Ada",
        "cleansedInput": "Write to PERSON_0",
        "rawOutput": "Dear PERSON_0",
        "hydratedOutput": "Dear Ada",
        "status": "active",
        "createdAt": TIME,
        "updatedAt": None,
        "deletedAt": None,
    }


def thread() -> dict[str, Any]:
    return {
        "id": 42,
        "modelInstanceId": 7,
        "userId": 3,
        "name": "Letters",
        "source": "sdk",
        "type": "default",
        "modelInstance": model_instance(),
        "chats": [chat()],
        "createdAt": TIME,
        "updatedAt": TIME,
        "deletedAt": None,
    }


def finding() -> dict[str, Any]:
    return {
        "start": 9,
        "end": 12,
        "text": "Ada",
        "type": "PERSON",
        "score": 0.85,
        "scoreCategory": "VERY LIKELY",
        "policyAction": "redact",
        "customTerm": None,
    }


def cleanse_response() -> dict[str, Any]:
    token = {"start": 9, "end": 17, "entityType": "PERSON_0"}
    return {
        "text": "Write to PERSON_0",
        "items": [token],
        "textHashed": "Write to 8Wm0Xw==",
        "itemsHashed": [token],
    }


def submit_response() -> dict[str, Any]:
    return {
        "threadId": 42,
        "chatId": 108,
        "inputText": "Write to Ada",
        "deidentifiedInputTextData": cleanse_response(),
        "llmModel": "gpt-4o",
        "rawLLMResponseText": "Dear PERSON_0",
        "reidentifiedLLMResponseText": "Dear Ada",
        "reidentifiedLLMResponseItems": [
            {"start": 5, "end": 8, "entityType": "PERSON_0", "text": "Ada"}
        ],
    }
