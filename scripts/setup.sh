#!/bin/sh
# Fill a virtual environment with what requirements.txt locks, and this checkout on top.
# It needs Python 3.11 with pip; no ensurepip, so Debian's own Python is enough.
# Usage: scripts/setup.sh DIR. PYTHON names the interpreter, python3 by default.
set -eu
venv=${1:?usage: scripts/setup.sh DIR}
python=${PYTHON:-python3}

say() { printf '%s\n' "$*" >&2; }

command -v "$python" >/dev/null || { say "There is no $python here. Install Python 3.11 or newer."; exit 1; }
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
  say "$("$python" --version) is too old: 3.11 or newer is needed. Name another with: make PYTHON=python3.12"
  exit 1
}
"$python" -m pip --version >/dev/null 2>&1 || { say "$python has no pip. On Debian: apt-get install python3-pip"; exit 1; }

say "Setting up $venv (once; about half a minute) · Preparando $venv (una vez; medio minuto)…"
"$python" -m venv --without-pip "$venv"
into="$venv/bin/python"
uv="$venv/bin/uv"

# uv is locked like the rest, and installs the rest some fifteen times as fast as pip.
awk '/^uv==/ { on = 1 } on { print } !/\\$/ { on = 0 }' requirements.txt > "$venv/uv.txt"
if "$python" -m pip --python "$into" install -qq --require-hashes --no-deps -r "$venv/uv.txt" \
  && "$uv" pip install --quiet --compile-bytecode --python "$into" --require-hashes -r requirements.txt
then
  "$uv" pip install --quiet --python "$into" --no-build-isolation --no-deps --editable .
else
  # uv does not read pip's settings, which a mirror or a proxy may need.
  say "uv could not install everything; trying pip (slower)…"
  "$python" -m pip --python "$into" install -qq --require-hashes -r requirements.txt || {
    say "Nothing could be installed. Is there a network? Try again with: make setup"
    exit 1
  }
  "$python" -m pip --python "$into" install -qq --no-build-isolation --no-deps --editable .
fi
# Compiled here, where pip would: else a first start does it, and where Python is told to write none
# (PYTHONDONTWRITEBYTECODE), every start.
"$into" -m compileall -q connectors normalizer store triage tui trastienda
