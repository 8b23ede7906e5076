# Derived from liminal/_async/__init__.py by scripts/codegen/derive.py. Do not edit:
# change that file and run ./codegen.sh.
"""The asyncio facade, by hand; liminal/_sync is derived from it."""
