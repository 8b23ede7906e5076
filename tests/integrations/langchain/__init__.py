"""LangChain's models and agents, protected."""
