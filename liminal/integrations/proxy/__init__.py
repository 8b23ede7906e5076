"""A proxy on loopback that protects the calls of any program to OpenAI's or Anthropic's API.

    python -m liminal.integrations.proxy --upstream https://api.openai.com --model-instance NAME

It needs the extra ``proxy``: ``pip install "liminal-sdk-python[proxy]"``. A program calls it in the
place of the model's API, and needs nothing more than a base URL and the proxy's key. What it sends
is cleansed, and what it receives is hydrated, whole or streamed.
"""
