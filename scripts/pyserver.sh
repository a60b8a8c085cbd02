#!/bin/sh
# Install a server that tests run against from its Python packages, in an environment of its own:
# what it needs must not meet what Trastienda needs. Where that fails, those tests are skipped.
# Usage: scripts/pyserver.sh DIR PACKAGE==VERSION
set -eu
dir=${1:?usage: scripts/pyserver.sh DIR PACKAGE==VERSION}
package=${2:?usage: scripts/pyserver.sh DIR PACKAGE==VERSION}
done="$dir/.installed"
grep -qsx "$package" "$done" && exit 0
python=${PYTHON:-python3}
uv=.venv/bin/uv

rm -rf "$dir"
"$python" -m venv --without-pip "$dir"
echo "Installing $package…" >&2
if "$uv" pip install --quiet --compile-bytecode --python "$dir/bin/python" "$package" 2>/dev/null \
  || "$python" -m pip --python "$dir/bin/python" install -qq "$package"
then
  echo "$package" > "$done"
else
  echo "$package could not be installed: tests that need it are skipped." >&2
fi
