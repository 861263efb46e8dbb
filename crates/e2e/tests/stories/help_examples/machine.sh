# A machine of its own for the examples of the help texts: its addresses, names, accounts and folders, and a folder with
# what the examples name. Each example runs in a copy of that folder.
set -euo pipefail

# needs PROGRAM PACKAGE: the test fails where a program is missing, and says where it is.
needs() {
  command -v "$1" >/dev/null || { echo "this test needs the program $1: install the Debian package $2" >&2; exit 1; }
}
needs ip iproute2
needs openssl openssl
needs /usr/share/easy-rsa/easyrsa easy-rsa
needs mkcert mkcert
needs man man-db
needs script bsdutils
needs python3 python3

ip link set lo up
ip address add 10.0.0.11/32 dev lo
mkdir etc bin home
# What cannot be read is of no use here.
cp -a /etc/. etc/ 2>/dev/null || true
cat >etc/hosts <<'HOSTS'
127.0.0.1 localhost pki.example.com
10.0.0.11 stat1.example.com desk1.example.com db1.example.com
HOSTS
# Names of accounts and groups for the only one that there is in this namespace.
printf '%s:x:0:0::/:/bin/sh\n' root voice >etc/passwd
printf '%s:x:0:\n' root voice www-data trustpack >etc/group
mkdir -p etc/bash_completion.d
mount --bind etc /etc
for folder in /opt /run /var /usr/local/share; do
  mount -t tmpfs none "$folder"
done
mkdir -p /var/www/pki /usr/local/share/man home/.zfunc home/.config/fish/completions
export HOME=$PWD/home
ln -s "$TRUSTPACK_BIN" bin/trustpack
# The journal of a service whose client does not trust it.
cat >bin/journalctl <<'END'
#!/bin/sh
echo '{"message":"handshake refused","place":"StatServer:default","reason":"the peer refused with the alert unknown_ca (48)"}'
END
chmod +x bin/journalctl
export PATH=$PWD/bin:$PATH

mkdir template
cd template
trustpack ca create --ca root-ca --organization Example 'Example Root CA'
trustpack ca create --ca my-ca --organization Example --crl-distribution-point http://pki.example.com/ca.crl 'Example CA'
trustpack cert issue --ca my-ca stat1.example.com desk1.example.com web1.example.com db1.example.com
trustpack crl create --ca my-ca
for host in stat1 desk1 web1; do
  trustpack cert export --ca my-ca $host.example.com --to .
  cp my-ca/repository/*_${host}_cert.pfx ${host}_cert.pfx
done
cp my-ca/ca_conf/crl.pem crl.pem
cp root-ca/ca_conf/ca_cert.pem new_ca_cert.pem
SERIAL=$(openssl x509 -in desk1_cert.pem -noout -serial)
export SERIAL=${SERIAL#serial=}
SOON=$(date -u -d '+60 days' +%F)
export SOON

# Stores.
(umask 077 && echo changeit >password)
cp stat1_cert.pfx keystore.p12
trustpack store create stat1.p12 stat1_cert.pem stat1_priv_key.pem --alias stat1 --password-file password
trustpack store create trust.jks --trusted ca_cert.pem --alias our-ca --password-file password

# What comes from elsewhere: a request, a table of hosts, another authority, other programs' CAs.
openssl req -new -key web1_priv_key.pem -subj /CN=web1.example.com -out web1.csr
printf 'host\nweb2.example.com\nweb3.example.com\n' >hosts.csv
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj '/CN=Services CA' -keyout services.key -out services.csr
trustpack cert issue --ca root-ca --csr web1.csr
cp root-ca/repository/*_web1_cert.pem web1.pem
cp root-ca/ca_conf/ca_cert.pem their_chain.pem
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj '/CN=Old CA' -days 3650 -addext keyUsage=critical,keyCertSign,cRLSign \
  -keyout ca_key.pem -out ca.pem
mkdir easy-rsa
(
  cd easy-rsa
  export EASYRSA_BATCH=1 EASYRSA_REQ_CN='Easy-RSA CA'
  /usr/share/easy-rsa/easyrsa init-pki
  /usr/share/easy-rsa/easyrsa build-ca nopass
)
export CAROOT=$PWD/mkcert
mkcert mkcert.example.com

# A fleet, with the files of its hosts: in a tree, and on this machine.
cat >fleet.toml <<'FLEET'
[[host]]
name = "stat1.example.com"
addresses = ["10.0.0.11"]
[host.security]
certificate     = "/etc/sec/stat1_cert.pem"
certificate-key = "/etc/sec/stat1_priv_key.pem"
trusted-ca      = "/etc/sec/ca_cert.pem"

[[host]]
name = "desk1.example.com"
[host.security]
certificate     = "/etc/sec/desk1_cert.pem"
certificate-key = "/etc/sec/desk1_priv_key.pem"
trusted-ca      = "/etc/sec/ca_cert.pem"

[[host]]
name = "db1.example.com"
[host.security]
certificate     = "/etc/sec/db1_cert.pem"
certificate-key = "/etc/sec/db1_priv_key.pem"
trusted-ca      = "/etc/sec/ca_cert.pem"

[[application]]
name = "StatServer"
host = "stat1.example.com"
certificate-source = "host"
[[application.port]]
number = 2060
mode = "secured"
tunnel = "127.0.0.1:3060"

[[application]]
name = "Desk"
host = "desk1.example.com"
certificate-source = "host"
[[application.connection]]
to = "StatServer"
tunnel = "127.0.0.1:3061"
FLEET
sed 's/"secured"/&\ntransport = "tls-mutual=1"/' fleet.toml >new_fleet.toml
mkdir fleet.d
cp fleet.toml fleet.d/
mkdir /etc/sec
for host in stat1 desk1 db1; do
  mkdir -p hosts/$host.example.com/etc/sec
  trustpack cert export --ca my-ca $host.example.com --to hosts/$host.example.com/etc/sec
  cp hosts/$host.example.com/etc/sec/* /etc/sec/
done
cat >export.csv <<'EXPORT'
object,name,port,to,section,option,value
host,stat1.example.com,,,,address,10.0.0.11
application,StatServer,,,,host,stat1.example.com
port,StatServer,default,,,number,2060
EXPORT
cat >more.csv <<'EXPORT'
object,name,section,option,value
host,db1.example.com,,address,10.0.0.12
EXPORT
echo '{"hosts": [{"name": "desk1.example.com", "address": ["10.0.0.13"]}], "applications": []}' >objects.json
trustpack cert bundle --ca my-ca stat1.example.com --for unix --out .
mv ./*_stat1_unix 0F3A_stat1_unix
cd ..

# runs COMMAND...: starts a service beside the example, and waits until it is ready.
runs() {
  "$@" >service.log 2>&1 &
  ready service.log 'ready|Serving'
}
# ready LOG WORD: until the program that was started last, and writes to LOG, has written the word.
ready() {
  local try
  for ((try = 0; try < 400; try++)); do
    if grep -qE "$2" "$1" 2>/dev/null; then
      return
    fi
    kill -0 $! || break
    sleep 0.05
  done
  echo "no $2:"
  cat "$1"
  return 99
}
# The tunnels of the host stat1, as the service of systemd runs them.
tunnels() {
  runs trustpack tunnel run --fleet fleet.toml --host stat1.example.com --control /run/trustpack/control.sock "$@"
}
# at_terminal COMMAND: as somebody types it who is asked for a password.
at_terminal() {
  (
    sleep 1
    echo secret
    sleep 1
    echo secret
    sleep 1
  ) | script -qec "$1" /dev/null
}
export -f runs ready tunnels at_terminal

# Runs every example of the folder `examples`, each in a copy, and tells of those that fail.
wrong=0
while read -r number; do
  rm -rf case /etc/trustpack /opt/voice /opt/trustpack /run/trustpack
  mkdir /etc/trustpack /opt/voice /run/trustpack
  cp -a template case
  code=0
  (cd case && exec timeout 30 bash "../examples/$number" >../log 2>&1 </dev/null) || code=$?
  if [ $code -ne 0 ] || grep -q 'panicked at' log; then
    echo "=== ended with $code:"
    cat "examples/$number" log
    wrong=1
  fi
done <list
exit $wrong
