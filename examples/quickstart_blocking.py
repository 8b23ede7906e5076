"""The whole job without asyncio: sign in, find, submit, stream.

LIMINAL_API_SERVER_URL, TOKEN and MODEL_INSTANCE_NAME say where, as whom and with which model.
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
    """Find what is sensitive in a prompt, then have it answered, whole and piece by piece."""
    with SyncClient.authenticate_from_token(API_SERVER_URL, TOKEN) as liminal:
        model_instance = liminal.llm.get_model_instance(MODEL_INSTANCE_NAME)
        prompt = "Write to Ada Lovelace at ada@example.com."

        findings = liminal.prompt.analyze(model_instance.id, prompt)
        for finding in findings.findings:
            print(f"{finding.type}: characters {finding.start} to {finding.end}")

        response = liminal.prompt.submit(model_instance.id, prompt, findings=findings)
        print(response.reidentified_llm_response_text)

        for chunk in liminal.prompt.stream(model_instance.id, prompt, findings=findings):
            print(chunk.content, end="", flush=True)
        print()


if __name__ == "__main__":
    main()
