# What stands before the commands of a document: the program under its name, a machine of its own.
set -euo pipefail

# needs PROGRAM PACKAGE: the test fails where a program is missing, and says where it is.
needs() {
  command -v "$1" >/dev/null || { echo "this test needs the program $1: install the Debian package $2" >&2; exit 1; }
}
needs ip iproute2
ip link set lo up
mkdir bin
ln -s "$TRUSTPACK_BIN" bin/trustpack
# `cargo` as the README uses it: the program is built already.
cat >bin/cargo <<'CARGO'
#!/bin/sh
case "$*" in
  'run --release -- '*) shift 3; exec trustpack "$@" ;;
  'install --locked --path crates/cli') exit 0 ;;
  *) echo "cargo $* is not what the README was tested with" >&2; exit 1 ;;
esac
CARGO
chmod +x bin/cargo
PATH=$PWD/bin:$PATH
echo '127.0.0.1 localhost stat1.example.com desk1.example.com app1.example.com pki.example.com' >bin/hosts
mount --bind bin/hosts /etc/hosts

# Runs a command on a host of the README, in the folder that the README has filled for it, beside the rest.
on_host() {
  cat >"$1/command"
  (cd "$1" && exec bash ./command >log 2>&1) &
  until grep -q listening "$1/log" 2>/dev/null; do
    kill -0 $! || { cat "$1/log"; exit 1; }
    sleep 0.05
  done
}
# wait_for LOG: until the program that was started last, and writes to LOG, says that it is ready.
wait_for() {
  local try
  for ((try = 0; try < 2400; try++)); do
    if grep -qE 'ready|Serving|ACCEPT|Configuration successful' "$1" 2>/dev/null; then
      return
    fi
    kill -0 $! || { cat "$1"; exit 1; }
    sleep 0.05
  done
  echo "what writes to $1 did not get ready in two minutes:" >&2
  cat "$1" >&2
  exit 1
}
# soon COMMAND...: what a log says may come a moment after what it is about.
soon() {
  local output try
  for ((try = 0; try < 200; try++)); do
    if output=$("$@"); then
      printf '%s\n' "$output"
      return
    fi
    sleep 0.05
  done
  "$@"
}
trap 'kill $(jobs -p) 2>/dev/null || true; wait' EXIT
