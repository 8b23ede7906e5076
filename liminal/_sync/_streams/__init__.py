# Derived from liminal/_async/_streams/__init__.py by scripts/codegen/derive.py. Do not edit:
# change that file and run ./codegen.sh.
"""What a stream reads from: an answer's body, raw or decoded, and the turn that hydrates it."""
