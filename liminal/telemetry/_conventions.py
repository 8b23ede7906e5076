"""The names of OpenTelemetry's semantic conventions that telemetry uses, and our own.

HTTP, server and error: the stable conventions. Generative AI: those of 1.41 and later, which are in
development. They are written out here, so that `opentelemetry-api` is enough.
"""

from __future__ import annotations

from typing import Final

ERROR_TYPE: Final = "error.type"
HTTP_REQUEST_METHOD: Final = "http.request.method"
HTTP_REQUEST_RESEND_COUNT: Final = "http.request.resend_count"
HTTP_RESPONSE_STATUS_CODE: Final = "http.response.status_code"
SERVER_ADDRESS: Final = "server.address"
SERVER_PORT: Final = "server.port"
URL_TEMPLATE: Final = "url.template"

GEN_AI_CONVERSATION_ID: Final = "gen_ai.conversation.id"
GEN_AI_OPERATION_NAME: Final = "gen_ai.operation.name"
GEN_AI_PROVIDER_NAME: Final = "gen_ai.provider.name"
GEN_AI_REQUEST_STREAM: Final = "gen_ai.request.stream"
GEN_AI_RESPONSE_MODEL: Final = "gen_ai.response.model"
GEN_AI_RESPONSE_TIME_TO_FIRST_CHUNK: Final = "gen_ai.response.time_to_first_chunk"
GEN_AI_CLIENT_OPERATION_DURATION: Final = "gen_ai.client.operation.duration"
GEN_AI_CLIENT_OPERATION_TIME_TO_FIRST_CHUNK: Final = "gen_ai.client.operation.time_to_first_chunk"

LIMINAL_OPERATION: Final = "liminal.operation"
LIMINAL_ATTEMPTS: Final = "liminal.attempts"
LIMINAL_CANCELLED: Final = "liminal.cancelled"
LIMINAL_REQUEST_ID: Final = "liminal.request_id"
LIMINAL_RETRY_DELAY: Final = "liminal.retry.delay"
LIMINAL_WAITING: Final = "liminal.waiting"
LIMINAL_CLIENT_CALL_DURATION: Final = "liminal.client.call.duration"
LIMINAL_CLIENT_CALL_ATTEMPTS: Final = "liminal.client.call.attempts"
LIMINAL_CLIENT_ACTIVE_CALLS: Final = "liminal.client.active_calls"

# Upper bounds in seconds, from the conventions for generative AI.
SECONDS: Final = (
    0.01,
    0.02,
    0.04,
    0.08,
    0.16,
    0.32,
    0.64,
    1.28,
    2.56,
    5.12,
    10.24,
    20.48,
    40.96,
    81.92,
)
