#!/bin/sh
# Install Prism, by which the tests ask for a second opinion on what passes between the connectors
# and the vendors' stand-ins. Where there is no Node, those tests are skipped and say so.
# Usage: scripts/prism.sh DIR
set -eu
dir=${1:?usage: scripts/prism.sh DIR}
version=5.14.2
found="$dir/node_modules/@stoplight/prism-cli/package.json"
grep -qs "\"version\": \"$version\"" "$found" && exit 0
command -v npm >/dev/null || { echo "No npm here: tests that need Prism are skipped." >&2; exit 0; }
npm install --prefix "$dir" --no-audit --no-fund --no-save --loglevel=error \
  "@stoplight/prism-cli@$version" >/dev/null \
  || echo "Prism could not be installed: tests that need it are skipped." >&2
