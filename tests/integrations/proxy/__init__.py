"""Programs behind ``python -m liminal.integrations.proxy``."""
