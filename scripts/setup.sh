#!/bin/sh
# Set up for contributors: .venv, with all tools and the package itself, editable.
set -eu
. "$(dirname "$0")/lib.sh"

environment .venv dev
say 'Ready. Activate it with: . .venv/bin/activate'
say 'Tests: ./scripts/test    Gates: ./scripts/check    Generated code: ./codegen.sh'
