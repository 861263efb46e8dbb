#!/bin/sh
# Installs Trustpack from this folder into another one: `sh install.sh` asks what it needs on a terminal, or takes
#
#   sh install.sh --dir DIR [--host NAME] [--owner ACCOUNT] [--group GROUP] [--json]
#
# What is done then, `trustpack install --help` says. Run again it is an upgrade.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
program=$here/bin/trustpack

if ! "$program" --version >/dev/null 2>&1; then
    echo "install.sh: $program cannot be started here ($(uname -sm))" >&2
    "$program" --version >&2 || true
    exit 1
fi

if [ $# -gt 0 ]; then
    exec "$program" install "$@"
fi

if ! [ -t 0 ]; then
    echo 'install.sh: there is no terminal to ask at; say --dir DIR [--host NAME] [--owner ACCOUNT] [--group GROUP]' >&2
    exit 2
fi

# ask QUESTION DEFAULT: the answer is in $answer
ask() {
    printf '%s [%s]: ' "$1" "$2" >&2
    if ! read -r answer; then
        echo 'install.sh: nothing was installed' >&2
        exit 2
    fi
    answer=${answer:-$2}
}

ask 'Name of this host' "$(hostname -f 2>/dev/null || uname -n)"
host=$answer
ask 'Folder to install into' /opt/trustpack
dir=$answer
ask 'Account of the services' "$(id -un)"
owner=$answer
ask 'Group of the files' "$(id -gn "$owner" 2>/dev/null || id -gn)"
group=$answer

exec "$program" install --dir "$dir" --host "$host" --owner "$owner" --group "$group"
