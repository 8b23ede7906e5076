"""Sign in with Microsoft Entra ID and list the available model instances.

Reads LIMINAL_API_SERVER_URL, TENANT_ID and CLIENT_ID from the environment. The log shows the code
to enter.
"""

import asyncio
import logging
import os

from liminal import Client
from liminal.auth.microsoft.device_code_flow import DeviceCodeFlowProvider

try:
    API_SERVER_URL = os.environ["LIMINAL_API_SERVER_URL"]
    TENANT_ID = os.environ["TENANT_ID"]
    CLIENT_ID = os.environ["CLIENT_ID"]
except KeyError as missing:
    raise SystemExit(f"Set {missing} in the environment") from None


async def main() -> None:
    """Sign in and list the model instances."""
    auth_provider = DeviceCodeFlowProvider(TENANT_ID, CLIENT_ID)
    async with await Client.authenticate_from_auth_provider(
        API_SERVER_URL, auth_provider
    ) as client:
        for model_instance in await client.llm.get_available_model_instances():
            print(f"{model_instance.id}: {model_instance.name}")


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    asyncio.run(main())
