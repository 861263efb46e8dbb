# The client.
needs curl curl
# `cargo` as the guide uses it: the service is built already.
[ -x "$TRUSTPACK_EXAMPLES/web" ] || {
  echo "this test needs $TRUSTPACK_EXAMPLES/web: cargo build -p trustpack-tls --features tokio --examples" >&2
  exit 1
}
cat >bin/cargo <<'CARGO'
#!/bin/sh
case "$*" in
  'run --release -p trustpack-tls --features tokio --example web -- '*)
    shift 9
    exec "$TRUSTPACK_EXAMPLES/web" "$@"
    ;;
  *) echo "cargo $* is not what the guide was tested with" >&2; exit 1 ;;
esac
CARGO
