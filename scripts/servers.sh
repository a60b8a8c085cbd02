#!/bin/sh
# Install Debian packages that tests or benchmarks run against, where that is possible.
# They are only installed, never started: each test starts its own server and stops it.
# Always succeeds: what is missing is said, and tests that find no server are skipped.
# Usage: scripts/servers.sh PACKAGE...
set -eu

missing=
for package in "$@"; do
  state=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$state" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

skip() {
  echo "Not installed, for $1:$missing. Tests that find no server are skipped." >&2
  exit 0
}
command -v apt-get >/dev/null || skip "there is no apt-get here"
[ "$(id -u)" = 0 ] || skip "installing needs root (sudo apt-get install$missing)"

# Debian starts a server as soon as it is installed, unless this file says no.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  printf '#!/bin/sh\nexit 101\n' > "$policy"
  chmod +x "$policy"
fi

export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
echo "Installing$missing…" >&2
# shellcheck disable=SC2086 # one word a package
apt-get install -qq --yes --no-install-recommends $missing >"$log" 2>&1 </dev/null \
  || { apt-get update -qq >>"$log" 2>&1 \
    && apt-get install -qq --yes --no-install-recommends $missing >>"$log" 2>&1 </dev/null; } \
  || { tail -n 5 "$log" >&2; skip "apt-get failed (all of it in $log)"; }
rm -f "$log"
