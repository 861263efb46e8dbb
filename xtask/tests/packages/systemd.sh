# The unit of the package under systemd itself: started, confined, reloaded, upgraded, with a socket unit, removed.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive LC_ALL=C HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin
cd /root
fail() {
  printf 'FAILED: %s\n' "$*"
  journalctl -b --no-pager -o cat -u trustpack-tunnel | tail -n 20
  exit 1
}
main_process() { systemctl show -p MainPID --value trustpack-tunnel; }
answers() { trustpack tunnel status --control /run/trustpack/control.sock >/dev/null; }

dpkg -i trustpack.deb
printf '127.0.0.1 localhost stat1.example.com\n' >/etc/hosts
trustpack ca create --ca my-ca --organization Example 'Example CA'
trustpack cert issue --ca my-ca stat1.example.com
trustpack cert export --ca my-ca stat1.example.com --to stat1
trustpack host install stat1 --group trustpack
cat >/etc/trustpack/fleet.toml <<'FLEET'
[[host]]
name = "stat1.example.com"
addresses = ["127.0.0.1"]
[host.security]
certificate     = "/etc/trustpack/stat1_cert.pem"
certificate-key = "/etc/trustpack/stat1_priv_key.pem"
trusted-ca      = "/etc/trustpack/ca_cert.pem"
[[application]]
name = "StatServer"
host = "stat1.example.com"
certificate-source = "host"
[[application.port]]
number = 12060
mode = "secured"
tunnel = "127.0.0.1:2060"
FLEET
echo TRUSTPACK_HOST=stat1.example.com >/etc/default/trustpack-tunnel

systemctl start trustpack-tunnel || fail 'start'
answers || fail 'no answer after the start'
first=$(main_process)
grep -q '^Seccomp:.2$' "/proc/$first/status" || fail 'no filter of system calls'
! grep -q '^Uid:.0' "/proc/$first/status" || fail 'it runs as root'
journalctl -b --no-pager -o cat -u trustpack-tunnel >journal
grep -q '"confined"' journal || fail 'it is not confined'
! grep -q 'not confined' journal || fail 'it is not confined in full'

systemctl reload trustpack-tunnel || fail 'reload'
second=$(main_process)
[ "$first" != "$second" ] || fail 'nothing was taken over by the reload'
answers || fail 'no answer after the reload'
# The next version, of the same content, while somebody connects.
dpkg-deb --raw-extract trustpack.deb next
sed -i 's/^Version: .*/&+next/' next/DEBIAN/control
dpkg-deb --build next next.deb
cp /usr/bin/trustpack prober
probes() { ./prober probe stat1.example.com:12060 --quick --trusted-ca stat1/ca_cert.pem; }
probes || fail 'no connection before the upgrade'
: >refused
: >probed
(while ! test -e upgraded; do probes >last 2>&1 || cat last >>refused; echo >>probed; done) &
loop=$!
dpkg -i next.deb
[ "$second" != "$(main_process)" ] || fail 'nothing was taken over by the upgrade'
touch upgraded
wait "$loop"
test ! -s refused || fail "refused at the upgrade: $(cat refused)"
test -s probed || fail 'nobody connected during the upgrade'
answers || fail 'no answer after the upgrade'
systemctl stop trustpack-tunnel || fail 'stop'

sed 's/0\.0\.0\.0/127.0.0.1/' /usr/share/doc/trustpack/examples/trustpack-tunnel.socket >/etc/systemd/system/trustpack-tunnel.socket
systemctl daemon-reload
systemctl start trustpack-tunnel.socket trustpack-tunnel || fail 'start with a socket unit'
systemctl restart trustpack-tunnel || fail 'restart with a socket unit'
answers || fail 'no answer with a socket unit'
dpkg --purge trustpack
! systemctl --quiet is-active trustpack-tunnel || fail 'it runs after it was removed'
echo '=== the end'
