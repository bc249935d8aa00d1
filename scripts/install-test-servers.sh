#!/bin/sh
# Installs what the integration and browser tests run against, through apt-get, where it is missing.
set -eu

missing=""
need() { # need PACKAGE COMMAND...: the package, unless one of the commands is there
    package=$1
    shift
    for candidate in "$@"; do
        if command -v "$candidate" >/dev/null 2>&1; then return; fi
    done
    missing="$missing $package"
}

need redis-server redis-server
need postgresql postgres /usr/lib/postgresql/*/bin/postgres
need mariadb-server mariadbd /usr/sbin/mariadbd
need chromium chromium chromium-browser
need poppler-utils pdftotext
need nodejs node
need npm npm
if [ -z "$(find /usr/share/fonts -iname '*noto*cjk*' -print -quit 2>/dev/null)" ]; then
    missing="$missing fonts-noto-cjk"
fi

if [ -z "$missing" ]; then
    echo "test servers: all installed"
    exit 0
fi

fail() {
    echo "test servers: $1; install by hand:$missing" >&2
    exit 1
}

command -v apt-get >/dev/null 2>&1 || fail "apt-get not found"
as_root=""
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null 2>&1 || fail "neither root nor sudo"
    as_root="sudo"
fi

echo "test servers: installing$missing"
$as_root apt-get update -q || fail "apt-get update failed"
# shellcheck disable=SC2086  # a list of words
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing ||
    fail "apt-get install failed"
