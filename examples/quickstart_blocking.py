"""Sign in, analyze a prompt, submit it and stream an answer, without asyncio.

Reads LIMINAL_API_SERVER_URL, TOKEN and MODEL_INSTANCE_NAME from the environment.
"""

import os

from liminal import SyncClient

try:
    API_SERVER_URL = os.environ["LIMINAL_API_SERVER_URL"]
    TOKEN = os.environ["TOKEN"]
    MODEL_INSTANCE_NAME = os.environ["MODEL_INSTANCE_NAME"]
except KeyError as missing:
    raise SystemExit(f"Set {missing} in the environment") from None


def main() -> None:
    """Find sensitive text in a prompt, then get a complete answer and a streamed one."""
    with SyncClient.authenticate_from_token(API_SERVER_URL, TOKEN) as client:
        model_instance = client.llm.get_model_instance(MODEL_INSTANCE_NAME)
        prompt = "Write to Ada Lovelace at ada@example.com."

        findings = client.prompt.analyze(model_instance.id, prompt)
        for finding in findings.findings:
            print(f"{finding.type}: characters {finding.start} to {finding.end}")

        response = client.prompt.submit(model_instance.id, prompt, findings=findings)
        print(response.reidentified_llm_response_text)

        for chunk in client.prompt.stream(model_instance.id, prompt, findings=findings):
            print(chunk.content, end="", flush=True)
        print()


if __name__ == "__main__":
    main()
