# Derived from liminal/_async/_calls/__init__.py by scripts/codegen/derive.py. Do not edit:
# change that file and run ./codegen.sh.
"""Runs a call from its first try to its result: retries, renewals and the reading of answers."""
