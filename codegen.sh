#!/bin/sh
# Generates generated/liminal_api from the contract in openapi/, and derives the blocking facade and
# its tests from the asyncio ones.
#
#   ./codegen.sh            generate, and report what that changes for users
#   ./codegen.sh --check    change nothing; name each file that is out of date
#   ./codegen.sh --help     all options
#
# It creates its environment, .venv; PYTHON names another interpreter with codegen's packages.
set -eu
. "$(dirname "$0")/scripts/lib.sh"

if [ -z "${PYTHON:-}" ]; then
  environment .venv dev
  PYTHON=.venv/bin/python
elif ! is_supported "$PYTHON"; then
  say "codegen: $PYTHON is not a Python of at least 3.11."
  say "Leave PYTHON unset, or set it to one that has the packages of requirements/dev.txt."
  exit 1
fi

exec "$PYTHON" -m scripts.codegen "$@"
