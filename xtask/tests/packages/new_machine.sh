# What a newcomer does on a new Debian system, with /tmp/trustpack.deb: install, secure a connection between two programs,
# upgrade while it is used, revoke, read why it failed, remove.
#
# systemd does not run here. In its place stands a script that does what it does with the unit: account, environment,
# ExecReload. That the unit is understood is another test.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive LC_ALL=C HOME=/root
cd /root

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
apt-get install --yes /tmp/trustpack.deb
trustpack about
test -f /usr/share/man/man1/trustpack-host-install.1.gz
getent group trustpack
printf '127.0.0.1 stat1.example.com\n127.0.0.1 desk1.example.com\n' >>/etc/hosts

step 'a CA, and certificates for two hosts'
trustpack ca create --ca my-ca --organization Example 'Example CA'
trustpack cert issue --ca my-ca stat1.example.com desk1.example.com
trustpack crl create --ca my-ca
trustpack cert export --ca my-ca stat1.example.com --to stat1 --crl
trustpack cert export --ca my-ca desk1.example.com --to desk1
trustpack host install stat1 --group trustpack
trustpack host check
if trustpack host check --account nobody; then fail 'nobody may read the key'; fi

step 'the settings of a fleet'
cat >/etc/trustpack/fleet.toml <<'FLEET'
[[host]]
name = "stat1.example.com"
addresses = ["127.0.0.1"]
[host.security]
certificate     = "/etc/trustpack/stat1_cert.pem"
certificate-key = "/etc/trustpack/stat1_priv_key.pem"
trusted-ca      = "/etc/trustpack/ca_cert.pem"
crl             = "/etc/trustpack/crl.pem"

[[application]]
name = "StatServer"
host = "stat1.example.com"
certificate-source = "host"
[[application.port]]
number = 12060
mode = "secured"
tunnel = "127.0.0.1:2060"
transport = "tls=1;tls-mutual=1"
FLEET
trustpack fleet check /etc/trustpack/fleet.toml --files / --host stat1.example.com

step 'the unit, without systemd'
mkdir -p /run/systemd/system /run/trustpack
chown nobody /run/trustpack
# Runs a line of the unit as systemd would: as an account of the unit's group, in the background. It and systemctl stand
# where apt has the scripts of packages look for programs.
cat >/usr/bin/run-unit <<'UNIT'
#!/bin/bash
set -eu
unit=/usr/lib/systemd/system/trustpack-tunnel.service
line=$(sed -n "s/^$1=//p" "$unit")
line=${line//'${TRUSTPACK_HOST}'/stat1.example.com}
line=${line//'$TRUSTPACK_OPTIONS'/}
# Who installs waits for no file that the service has from him, as long as it serves.
exec </dev/null
for open in {3..30}; do eval "exec $open>&-"; done
RUNTIME_DIRECTORY=/run/trustpack exec setpriv --reuid=nobody --regid=nogroup --groups="$(getent group trustpack | cut -d: -f3)" \
  --no-new-privs $line
UNIT
cat >/usr/bin/systemctl <<'SYSTEMCTL'
#!/bin/bash
echo "systemctl $*" >>/root/systemctl.log
case "$*" in
  *is-active*trustpack-tunnel.service) trustpack tunnel status --control /run/trustpack/control.sock >/dev/null 2>&1 ;;
  'reload trustpack-tunnel.service') run-unit ExecReload >>/root/unit.log 2>&1 ;;
  'stop trustpack-tunnel.service') trustpack tunnel stop --control /run/trustpack/control.sock --wait >/dev/null ;;
  daemon-reload | *is-active* | *disable*) ;;
  *) exit 1 ;;
esac
SYSTEMCTL
chmod 755 /usr/bin/run-unit /usr/bin/systemctl
run-unit ExecStart >>/root/unit.log 2>&1 &
soon trustpack tunnel status --control /run/trustpack/control.sock
grep -q confined unit.log || fail 'the tunnel is not confined'

step 'two programs'
cat >service.pl <<'PERL'
use strict; use IO::Socket::INET;
$SIG{CHLD} = 'IGNORE';
my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1:2060', Listen => 128, ReuseAddr => 1) or die $@;
while (my $peer = $listener->accept) {
    if (fork == 0) { while (my $line = <$peer>) { print $peer "seen: $line" } exit 0 }
}
PERL
cat >client.pl <<'PERL'
use strict; use IO::Socket::INET;
my $server = IO::Socket::INET->new(PeerAddr => '127.0.0.1:3060') or die "refused: $@";
print $server "$ARGV[0]\n";
my $line = <$server>;
die "cut off\n" unless defined $line;
print $line;
PERL
perl service.pl &
trustpack tunnel client --listen 127.0.0.1:3060 --to 127.0.0.1:12060 --name stat1.example.com --trusted-ca desk1/ca_cert.pem \
  --certificate desk1/desk1_cert.pem --certificate-key desk1/desk1_priv_key.pem >desk1.log 2>&1 &
soon perl client.pl hello
test "$(perl client.pl hello)" = 'seen: hello' || fail 'no answer'

step 'an upgrade, while it is used'
# The next version: the same content, and another number.
dpkg-deb --raw-extract /tmp/trustpack.deb next
sed -i 's/^Version: .*/&+next/' next/DEBIAN/control
dpkg-deb --build -Znone next next.deb
coproc LONG { perl -e '
  use strict; use IO::Socket::INET; $| = 1;
  my $server = IO::Socket::INET->new(PeerAddr => "127.0.0.1:3060") or die;
  while (<STDIN>) { print $server $_; my $line = <$server>; print defined $line ? $line : "cut off\n" }'; }
echo before >&"${LONG[1]}"
read -r line <&"${LONG[0]}"
test "$line" = 'seen: before' || fail "$line"
: >refused
(while ! test -e upgraded; do perl client.pl again >/dev/null 2>>refused || echo failed >>refused; done) &
loop=$!
apt-get install --yes ./next.deb
dpkg-query --show --showformat '${Version}' trustpack | grep -q '+next$' || fail 'not the next version'
touch upgraded
wait "$loop"
test ! -s refused || fail "refused at the upgrade: $(cat refused)"
grep -q '^systemctl reload trustpack-tunnel.service' systemctl.log || fail 'the package did not hand over'
grep -q 'another process has taken over' unit.log || fail 'nothing was taken over'
# A connection from before goes on where it was.
echo after >&"${LONG[1]}"
read -r line <&"${LONG[0]}"
test "$line" = 'seen: after' || fail "the open connection: $line"
exec {LONG[1]}>&-
test "$(perl client.pl hello)" = 'seen: hello' || fail 'no answer after the upgrade'

step 'a new certificate, while it is used'
trustpack cert renew --ca my-ca stat1.example.com
trustpack cert export --ca my-ca stat1.example.com --to stat1
trustpack host install stat1 --group trustpack
soon grep -q 'certificate.*change\|taken over\|generation' unit.log
serial() { trustpack cert show "$1" --json | grep -m1 '"serial"'; }
new=$(serial stat1/stat1_cert.pem)
served() { test "$(trustpack probe stat1.example.com:12060 --quick --json --trusted-ca desk1/ca_cert.pem \
  --certificate desk1/desk1_cert.pem --certificate-key desk1/desk1_priv_key.pem | grep -c "$(printf '%s' "$new" | grep -o '[0-9A-F]\{32\}')")" -gt 0; }
soon served
test "$(perl client.pl hello)" = 'seen: hello' || fail 'no answer with the new certificate'

step 'a key that was lost is revoked'
trustpack cert revoke --ca my-ca desk1.example.com --reason keyCompromise --crl
mkdir lists
cp my-ca/ca_conf/crl.pem lists
trustpack host install lists
refused() { ! perl client.pl hello; }
soon refused
# The client may have read the alert before the server has written its line.
soon grep -q '"cause":"revoked"' unit.log
step 'why it failed'
grep 'handshake refused' unit.log | tail -n 1 | trustpack explain-failure --fleet /etc/trustpack/fleet.toml | tee why
grep -q revoked why || fail 'the reason does not name the revocation'

step 'remove'
apt-get remove --yes trustpack
test ! -e /usr/bin/trustpack || fail 'the program is there'
test -f /etc/default/trustpack-tunnel || fail 'the settings went with it'
soon test ! -S /run/trustpack/control.sock
apt-get purge --yes trustpack
test ! -e /etc/default/trustpack-tunnel || fail 'the settings are there'
test -f /etc/trustpack/stat1_priv_key.pem || fail 'the key went with it'
step 'the end'
