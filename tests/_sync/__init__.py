# Derived from tests/_async/__init__.py by scripts/codegen/derive.py. Do not edit:
# change that file and run ./codegen.sh.
"""Tests of the facade, by hand for asyncio and trio; tests/_sync is derived from them."""
