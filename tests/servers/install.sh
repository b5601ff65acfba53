#!/bin/sh
# Installs the servers that the tests talk to, where that can be done without asking: on Debian, by root.
# Nothing is started and nothing else is touched; where all are there, nothing is done. Elsewhere it says what is
# missing, and the tests that need it skip (or fail, with CI=true).
set -eu

missing=""
need() { # PROGRAM PACKAGE
    command -v "$1" >/dev/null 2>&1 || missing="$missing $2"
}
need prometheus prometheus
need promtool prometheus
need prometheus-alertmanager prometheus-alertmanager
need amtool prometheus-alertmanager
need redis-server redis-server
need chromium chromium

missing=$(printf '%s\n' $missing | sort -u | xargs)
[ -n "$missing" ] || exit 0
get="apt-get install --no-install-recommends $missing"
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "Some tests will skip, for this is missing: $missing. On Debian: $get" >&2
    exit 0
fi

# The packages bring services that listen on all addresses as soon as they are installed. policy-rc.d forbids Debian's
# scripts to start any, with and without systemd; a policy that is there already stays, and is put back.
policy=/usr/sbin/policy-rc.d
kept=""
restore() {
    if [ -n "$kept" ]; then mv -f "$kept" "$policy"; else rm -f "$policy"; fi
}
if [ -e "$policy" ]; then
    kept="$policy.before-tocsin"
    mv "$policy" "$kept"
fi
trap restore EXIT
trap 'exit 1' HUP INT TERM
printf '#!/bin/sh\nexit 101\n' >"$policy"
chmod 755 "$policy"

echo "The tests need $missing: $get (no service is started)" >&2
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086 # a list of packages
if ! { apt-get update -qq && apt-get install -y -qq --no-install-recommends $missing >/dev/null; }; then
    echo "That failed. Tests that need them skip, or fail with CI=true." >&2
elif [ -d /run/systemd/system ]; then # nor shall they start with the machine
    for package in $missing; do
        systemctl disable --quiet "$package.service" 2>/dev/null || true # chromium is no service
    done
fi
