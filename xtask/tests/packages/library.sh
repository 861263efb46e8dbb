# What a programmer does on a new Debian system with a C compiler and the three packages in /tmp: install, build the examples
# of the package with the shared and with the static library, have them speak to each other, remove.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive LC_ALL=C HOME=/root
cd /root

# says WORDS COMMAND...: the command prints them, however it ends
says() {
  local words=$1 output
  shift
  output=$("$@" 2>&1) || true
  grep -q "$words" <<<"$output"
}
step() { printf '=== %s\n' "$*"; }
fail() {
  printf 'FAILED: %s\n' "$*"
  tail -n 20 /root/*.log 2>/dev/null || true
  exit 1
}
# soon COMMAND...: until it succeeds, for ten seconds
soon() {
  for _ in $(seq 100); do
    if "$@" >/dev/null 2>&1; then return; fi
    sleep 0.1
  done
  fail "not within ten seconds: $*"
}

step 'install'
dpkg -i /tmp/libtrustpack1.deb /tmp/libtrustpack-dev.deb /tmp/trustpack.deb
says 'libtrustpack\.so\.1' ldconfig -p || fail 'the loader does not know the library'
test "$(pkg-config --modversion trustpack)" = "$(trustpack --version | cut -d' ' -f2)" || fail 'two versions'

step 'build'
examples=/usr/share/doc/libtrustpack-dev/examples
for example in echo_server poll_server client; do
  cc -Wall -Wextra -Werror "$examples/$example.c" $(pkg-config --cflags --libs trustpack) -o "$example"
done
# As the guide says it.
cc -Wall -Wextra -Werror "$examples/client.c" -l:libtrustpack.a -lgcc_s -lutil -lrt -lpthread -lm -ldl -o client-static
says 'libtrustpack\.so\.1 => /' ldd echo_server || fail 'the shared library is not used'
! says libtrustpack ldd client-static || fail 'the static library is not used'

step 'a CA, a certificate, and a connection'
trustpack ca create --ca my-ca --organization Example 'Example CA'
trustpack cert issue --ca my-ca host.example.com
trustpack cert export --ca my-ca host.example.com --to host
trustpack crl create --ca my-ca
LD_BIND_NOW=1 ./echo_server 127.0.0.1 8443 certificate=host/host_cert.pem certificate-key=host/host_priv_key.pem >server.log 2>&1 &
server=$!
soon grep -q listening server.log
for client in ./client ./client-static; do
  answer=$(echo hello | $client 127.0.0.1 8443 host.example.com trusted-ca=host/ca_cert.pem tls-target-name-check=host)
  test "$answer" = hello || fail "$client got: $answer"
done

step 'revoked'
trustpack cert revoke --ca my-ca host.example.com --reason keyCompromise --crl
if echo hello | ./client 127.0.0.1 8443 host.example.com trusted-ca=host/ca_cert.pem crl=my-ca/ca_conf/crl.pem 2>why.log; then
  fail 'a revoked server is trusted'
fi
grep -q revoked why.log || fail 'the reason does not name the revocation'
kill "$server"

step 'remove'
if dpkg --remove libtrustpack1 2>/dev/null; then fail 'the header would be left without its library'; fi
dpkg --purge libtrustpack-dev libtrustpack1
! says libtrustpack ldconfig -p || fail 'the loader knows the library still'
for path in /usr/include/trustpack.h /usr/share/doc/libtrustpack-dev /usr/share/doc/libtrustpack1; do
  test ! -e "$path" || fail "$path is there"
done
if ./client 2>/dev/null; then fail 'it runs without its library'; fi
says usage ./client-static || fail 'the static program needs the package'
step 'the end'
