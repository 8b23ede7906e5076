#!/bin/sh
# Makes what is made from other files: generated/liminal_api from the contract in openapi/, and the
# blocking facade with its tests from the asyncio one.
#
#   ./codegen.sh            make it, and report what that changes for users
#   ./codegen.sh --check    change nothing; name each file that is not as it would be made
#   ./codegen.sh --help     all options
set -eu
cd "$(dirname "$0")"

if [ -n "${PYTHON:-}" ]; then python=$PYTHON
elif [ -x .venv/bin/python ]; then python=.venv/bin/python
else python=python3
fi

if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
  echo "codegen: $python is no Python of at least 3.11." >&2
  echo "Run scripts/setup.sh, or set PYTHON to one that has the packages of codegen." >&2
  exit 1
fi

exec "$python" -m scripts.codegen "$@"
