#!/bin/sh
# Makes what is made from other files: generated/liminal_api from the contract in openapi/, and the
# blocking facade with its tests from the asyncio one.
#
#   ./codegen.sh            make it
#   ./codegen.sh --check    say whether what is there is what would be made; exit 1 if not
set -eu
cd "$(dirname "$0")"

if [ -n "${PYTHON:-}" ]; then python=$PYTHON
elif [ -x .venv/bin/python ]; then python=.venv/bin/python
else python=python3
fi

exec "$python" -m scripts.codegen "$@"
