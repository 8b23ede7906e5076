# Functions for the other scripts: choose a Python, keep an environment up to date with its lock file.

# Go to the root of the checkout.
cd "$(dirname "$0")"
[ -f pyproject.toml ] || cd ..

say() { printf '%s\n' "$*" >&2; }

is_supported() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

version_of() { "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])'; }

# The command that runs Python 3.11 or newer: $PYTHON if that is set, else the newest tested one.
choose_python() {
  for candidate in ${PYTHON:-python3.13 python3.12 python3.11 python3 python}; do
    if is_supported "$candidate"; then
      echo "$candidate"
      return
    fi
  done
  say "Python 3.11 or newer is needed; tried: ${PYTHON:-python3.13 python3.12 python3.11 python3}."
  say 'Install one, or name it: PYTHON=/path/to/python3 '"$0"
  exit 1
}

# install_lock FILE: install exactly the packages that a lock file pins, with $pip.
# A lock file is complete, so nothing is resolved: pip up to 23.x treats a requirement with an extra
# (`coverage[toml]>=7`) as unpinned as soon as there is a newer version. Wheels only: nothing
# is compiled, and no package runs code while it is installed.
# $BUILT may name one package that has no wheel. It is built last, with the setuptools of the lock.
install_lock() {
  install="$pip install --quiet --quiet --disable-pip-version-check --no-input --no-compile \
    --no-deps --require-hashes --only-binary :all:"
  if [ -z "${BUILT:-}" ]; then
    $install -r "$1"
  else
    awk -v built="$BUILT==" '/^[^ ]/ { skip = index($0, built) == 1 } !skip' "$1" >"$folder/wheels.txt"
    $install -r "$folder/wheels.txt"
    $install --no-binary "$BUILT" --no-build-isolation -r "$1"
  fi
}

# environment FOLDER LOCK: make FOLDER a virtual environment with the packages of requirements/LOCK.txt
# and the project itself, editable; do nothing if it is up to date. Without $PYTHON, an
# environment keeps its Python. environment FOLDER LOCK alone: without the project.
environment() {
  folder=$1 lock=requirements/$2.txt
  sources="$PWD $(cat "$lock" pyproject.toml liminal/_version.py | cksum)" wanted=$sources
  if [ -n "${PYTHON:-}" ]; then
    python=$(choose_python) || exit 1
    wanted="$wanted $(version_of "$python")"
  fi
  case $(cat "$folder/.stamp" 2>/dev/null || true) in "$wanted"*) return ;; esac

  python=$(choose_python) || exit 1
  say "Making $folder with Python $(version_of "$python") and $(grep -c '==' "$lock") packages of $lock"
  # Some systems have venv without ensurepip; then their own pip installs into the environment.
  if "$python" -m venv --clear "$folder" >/dev/null 2>&1; then
    pip="$folder/bin/python -m pip"
  else
    "$python" -m venv --clear --without-pip "$folder"
    pip="$python -m pip --python $folder/bin/python"
  fi
  install_lock "$lock"
  [ "${3:-}" = alone ] || $pip install --quiet --quiet --disable-pip-version-check --no-input \
    --no-index --no-deps --no-build-isolation --editable .
  # Reports incompatible packages before the stamp marks the environment as complete.
  $pip check --disable-pip-version-check >&2
  echo "$sources $(version_of "$folder/bin/python")" >"$folder/.stamp"
}
