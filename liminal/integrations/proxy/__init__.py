"""A proxy on loopback that protects the calls of any program to OpenAI's or Anthropic's API.

    python -m liminal.integrations.proxy --upstream https://api.openai.com --model NAME

It needs the extra ``proxy``: ``pip install "liminal-sdk-python[proxy]"``. A program calls it in
place of the model's API, and needs only the proxy's base URL and key. Requests are cleansed, and
answers are hydrated, whole or streamed.
"""
