"""Protects LangChain's models and agents: ``pip install "liminal-sdk-python[langchain]"``.

The model sees placeholders. Your program sees the original text in all that the model answers.
"""

from liminal.integrations._protection.protection import INSTRUCTIONS

from ._middleware import LiminalMiddleware
from ._model import protect

__all__ = ["INSTRUCTIONS", "LiminalMiddleware", "protect"]
