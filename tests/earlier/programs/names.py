"""Imports from each old module, creates models, and converts them from and to JSON."""

import asyncio
import inspect
import os

import liminal
from liminal.auth.microsoft.device_code_flow import (
    DEFAULT_AUTH_CHALLENGE_TIMEOUT,
    DeviceCodeFlowProvider,
)
from liminal.auth.microsoft.models import MSALCacheTokenResponse
from liminal.client import DEFAULT_REQUEST_TIMEOUT, Client
from liminal.const import LOGGER, SOURCE
from liminal.endpoints.llm import LLMEndpoint
from liminal.endpoints.prompt import PromptEndpoint
from liminal.endpoints.prompt.models import (
    AnalysisFinding,
    AnalysisFindings,
    CleanseData,
    HydrateData,
    SubmitData,
)
from liminal.endpoints.prompt.schemas import AnalyzeResponse
from liminal.endpoints.thread import ThreadEndpoint
from liminal.endpoints.thread.models import Chat, DeidentifiedToken, Thread, ThreadType
from liminal.endpoints.thread.schemas import GetThreadByIdResponse
from liminal.helpers.model import BaseModel
from liminal.helpers.schema import BaseResponseSchema
from liminal.helpers.typing import ValidatedResponseT

PROMPT = "Write to Ada Lovelace"


async def main() -> None:
    client = await Client.authenticate_from_token(
        os.environ["LIMINAL_API_SERVER_URL"], os.environ["TOKEN"]
    )
    print(isinstance(client, liminal.Client), isinstance(client.llm, LLMEndpoint))
    print(isinstance(client.prompt, PromptEndpoint), isinstance(client.thread, ThreadEndpoint))

    found = await client.prompt.analyze(1, PROMPT)
    cleansed = await client.prompt.cleanse(1, PROMPT)
    print(isinstance(found, AnalysisFindings), isinstance(cleansed, CleanseData))
    print(isinstance(await client.prompt.hydrate(1, PROMPT), HydrateData))
    print(isinstance(await client.prompt.submit(1, PROMPT), SubmitData))
    thread = await client.thread.create(1, "New Thread")
    print(
        isinstance(thread, Thread), isinstance(thread, BaseModel), thread.type is ThreadType.DEFAULT
    )

    finding = AnalysisFinding(
        custom_term="",
        end=21,
        policy_action="redact",
        score=0.85,
        score_category="VERY LIKELY",
        start=9,
        text="Ada Lovelace",
        type="PERSON",
    )
    by_hand = AnalysisFindings(findings=[finding])
    print((await client.prompt.cleanse(1, PROMPT, findings=by_hand)).text)
    wire = {"data": {"findings": [WIRE]}}
    answer = AnalyzeResponse.from_dict(wire)
    print(answer.data.findings == [finding], isinstance(answer, BaseResponseSchema))


WIRE = {
    "customTerm": "",
    "end": 21,
    "policyAction": "redact",
    "score": 0.85,
    "scoreCategory": "VERY LIKELY",
    "start": 9,
    "text": "Ada Lovelace",
    "type": "PERSON",
}

print(DEFAULT_REQUEST_TIMEOUT, DEFAULT_AUTH_CHALLENGE_TIMEOUT, LOGGER.name, SOURCE)
print(ValidatedResponseT, callable(GetThreadByIdResponse.from_dict))
print(DeviceCodeFlowProvider.AUTHORITY_URL, DeviceCodeFlowProvider.DEFAULT_SCOPES + ["Mail.Read"])
print(DeidentifiedToken(deid_text="PERSON_0", hash_text="8Wm0Xw==").deid_text)
print(inspect.signature(Chat).parameters.keys() >= {"raw_input", "deleted_at"})
print(
    MSALCacheTokenResponse.from_dict(
        {
            "token_type": "Bearer",
            "access_token": "token",
            "expires_in": 3600,
            "token_source": "cache",
            "more": 1,
        }
    ).access_token
)
asyncio.run(main())
