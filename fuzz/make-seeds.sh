#!/usr/bin/env bash
# Makes the seeds anew, in ./seeds: what OpenSSL, GnuTLS, NSS, Java and our own program write. Small keys and few
# iterations, since a fuzzer reads each of them millions of times. The keys are for tests only.
# Needs the programs that ../test installs, and ../target/debug/trustpack (or TRUSTPACK_BIN).
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")"
readonly OURS=${TRUSTPACK_BIN:-$PWD/../target/debug/trustpack}
readonly SEEDS=$PWD/seeds
readonly KEYS=$PWD/../crates/keystore/tests/fixtures
readonly JUDGE=$PWD/../crates/judge/tests/fixtures
readonly SECRET=pass:secret
WORK=$(mktemp -d)
trap 'rm -rf -- "$WORK"' EXIT
rm -rf -- "$SEEDS"

# seed TARGET NAME < octets
seed() {
  mkdir -p "$SEEDS/$1"
  cat >"$SEEDS/$1/$2"
}
der() { openssl "$1" -in "$2" -outform der; }
# The octets that say which, then the rest.
prefixed() { printf "$1" && cat; }
# The first CA:TRUE no BOOLEAN any more: that certificate is malformed, and nothing around it.
malform() { LC_ALL=C sed '0,/\x30\x03\x01\x01\xff/s//\x30\x03\x04\x01\xff/'; }

cd "$WORK"
cat >conf <<'END'
[req]
distinguished_name = dn
[dn]
[rich]
basicConstraints = critical,CA:true,pathlen:1
keyUsage = critical,keyCertSign,cRLSign
extendedKeyUsage = serverAuth,1.2.3.4
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid,issuer:always
subjectAltName = DNS:a.example,DNS:*.b.example,IP:192.0.2.1,IP:2001:db8::1,email:a@b.example,URI:urn:a,RID:1.2.3,dirName:dn2,otherName:1.2.3.4;UTF8:x
issuerAltName = DNS:i.example
nameConstraints = permitted;DNS:a.example,permitted;IP:192.0.2.0/255.255.255.0,excluded;email:.b.example
crlDistributionPoints = URI:http://a.example/crl,point
freshestCRL = URI:http://a.example/delta
authorityInfoAccess = OCSP;URI:http://o.example,caIssuers;URI:http://i.example
certificatePolicies = 1.2.3.4,@policy
policyConstraints = requireExplicitPolicy:3,inhibitPolicyMapping:1
policyMappings = 1.2.3.4:1.2.3.5
inhibitAnyPolicy = 2
1.2.3.4.5 = ASN1:UTF8:unknown
[point]
fullname = URI:ldap://a.example
CRLissuer = dirName:dn2
reasons = keyCompromise, CACompromise
[policy]
policyIdentifier = 1.3.5.8
CPS.1 = "http://cps.example"
userNotice.1 = @notice
[notice]
explicitText = UTF8:text
organization = o
noticeNumbers = 1,2
[dn2]
CN = inner
[list]
authorityKeyIdentifier = keyid
issuingDistributionPoint = critical,@idp
[idp]
fullname = URI:http://a.example/crl
onlysomereasons = keyCompromise
indirectCRL = TRUE
END

# Certificates and requests
openssl req -x509 -config conf -extensions rich -key "$KEYS/p256_pkcs8.pem" -days 9999 -subj '/C=DE/O=Trustpack/CN=a b/emailAddress=a@b.example' -out rich.pem
der x509 rich.pem | seed certificate rich
der x509 "$KEYS/ca_cert.pem" | seed certificate p256
der x509 "$KEYS/rsa_cert.pem" | seed certificate rsa
for name in ed25519-root host-of-pss-sha256 constrained-root policy-intermediate v1-host host-address host-mail-san; do
  if [[ -f $JUDGE/$name.pem ]]; then der x509 "$JUDGE/$name.pem" | seed certificate "$name"; fi
done
sed '/^authorityKeyIdentifier/d' conf >conf_request
openssl req -new -config conf_request -reqexts rich -key "$KEYS/p256_pkcs8.pem" -subj /CN=a -out rich.csr
der req rich.csr | seed request rich
openssl req -new -key "$KEYS/ed25519_pkcs8.pem" -subj / | openssl req -outform der | seed request empty
certtool --generate-request --load-privkey "$KEYS/p256_pkcs8.pem" --template <(printf 'cn=a\ndns_name=a.example\nchallenge_password=x\n') --outder 2>/dev/null | seed request gnutls

# Revocation lists
printf 'R\t350101000000Z\t260101000000Z,keyCompromise\t01\tunknown\t/CN=a\nR\t350101000000Z\t260201000000Z,removeFromCRL\t7F33AA\tunknown\t/CN=b\nR\t350101000000Z\t260201000000Z,CAkeyTime,20250101000000Z\tFF00\tunknown\t/CN=c\n' >index
touch index.attr
printf '01\n' >crlnumber
cat >ca.conf <<'END'
[ca]
default_ca = main
[main]
database = index
crlnumber = crlnumber
default_md = sha256
default_crl_days = 30
END
list() { openssl ca -config ca.conf -gencrl -cert "$KEYS/ca_cert.pem" -keyfile "$KEYS/p256_pkcs8.pem" "$@" 2>/dev/null; }
list -out plain.crl
sed -n '/^\[list\]/,$p' conf >>ca.conf
list -crlexts list -out idp.crl
for name in plain idp; do
  der crl $name.crl | tee >(seed revocation_index $name) | seed revocation_list $name
done
: >index
list -out none.crl
der crl none.crl | seed revocation_list none

# Parts
openssl pkey -in "$KEYS/p256_pkcs8.pem" -pubout -outform der | prefixed '\0' | seed x509_parts p256
openssl pkey -in "$KEYS/rsa_pkcs8.pem" -pubout -outform der | prefixed '\0' | seed x509_parts rsa
openssl asn1parse -in rich.pem -strparse "$(openssl asn1parse -in rich.pem | awk -F: '/d=2/ && /SEQUENCE/ {n++} n==4 {print $1; exit}')" -noout -out name.der
prefixed '\1' <name.der | seed x509_parts name
printf 'a.example' | seed names dns
printf '*.xn--bcher-kva.example' | seed names wildcard
printf 'http://[2001:db8::1]:80/crl?x' | seed names url
printf '2026-11-21T10:00:00Z' | seed names time
printf '0x00FFAB' | seed names serial
printf '127.0.0.1:14060' | seed names address
printf 'Server/port/default' | seed names place
printf 'keystore-password = "x"' | seed names secret

# Keys: in every form, few iterations
for name in ed25519_pkcs8.pem p256_explicit.pem p256_pkcs8.pem p256_pkcs8.der p256_sec1.der p256_sec1_parameters.pem rsa_pkcs1.der rsa_1024.pem; do
  seed private_key $name <"$KEYS/$name"
done
encrypt() { openssl pkcs8 -topk8 -in "$KEYS/p256_pkcs8.pem" -passout "$SECRET" -iter 2 "$@"; }
encrypt -outform der | seed private_key pbes2.der
encrypt -v2 aes-128-cbc -v2prf hmacWithSHA1 | seed private_key pbes2_aes128.pem
encrypt -v2 des3 | seed private_key pbes2_des3.pem
openssl pkcs8 -topk8 -in "$KEYS/p256_pkcs8.pem" -passout "$SECRET" -scrypt -scrypt_N 16 -scrypt_r 1 -scrypt_p 1 | seed private_key scrypt.pem
encrypt -v1 PBE-SHA1-3DES | seed private_key pkcs12_3des.pem
encrypt -v1 PBE-MD5-DES -provider legacy -provider default | seed private_key pbes1.pem
encrypt -v1 PBE-SHA1-RC2-40 -provider legacy -provider default | seed private_key rc2.pem
openssl ec -in "$KEYS/p256_pkcs8.pem" -aes128 -passout "$SECRET" 2>/dev/null | seed private_key traditional.pem

# PEM, and files of any format
cat rich.pem "$KEYS/ca_cert.pem" | tee >(seed contents two.pem) | seed pem_certificates two.pem
openssl x509 -in "$KEYS/ca_cert.pem" -text | seed pem_certificates text.pem
seed pem_certificates trusted.pem <"$KEYS/ca_trusted.pem"
seed contents trusted.pem <"$KEYS/ca_trusted.pem"
cat "$KEYS/p256_pkcs8.pem" "$KEYS/ca_cert.pem" rich.csr plain.crl | seed contents mixed.pem
{
  cat rich.pem
  der x509 "$KEYS/ca_cert.pem" | malform | openssl base64 | { echo '-----BEGIN CERTIFICATE-----' && cat && echo '-----END CERTIFICATE-----'; }
} | seed contents malformed.pem
openssl crl2pkcs7 -in plain.crl -certfile "$KEYS/ca_cert.pem" -outform der | seed contents pkcs7.der
openssl crl2pkcs7 -nocrl -certfile "$KEYS/ca_cert.pem" | seed contents pkcs7.pem
printf 'signed' | openssl cms -sign -signer "$KEYS/ca_cert.pem" -inkey "$KEYS/p256_pkcs8.pem" -stream -nodetach -outform der | seed contents pkcs7.ber

# PKCS#12
pfx() {
  local name=$1
  shift
  openssl pkcs12 -export -inkey "$KEYS/p256_pkcs8.pem" -in "$KEYS/ca_cert.pem" -name host -passout "$SECRET" -iter 2 "$@" -out $name.pfx
  tee >(seed contents $name.pfx) <$name.pfx | seed pkcs12 $name
}
pfx plain -nomac -keypbe NONE -certpbe NONE
pfx modern -nomac
pfx legacy -nomac -legacy
pfx mac -keypbe NONE -certpbe NONE
malform <plain.pfx | tee >(seed contents malformed.pfx) | seed pkcs12 malformed
openssl pkcs12 -export -inkey "$KEYS/p256_pkcs8.pem" -in "$KEYS/ca_cert.pem" -name host -passout "$SECRET" -out slow.pfx
mkdir db
certutil -N -d db --empty-password
pk12util -i slow.pfx -d db -W secret -K '' >/dev/null
pk12util -o ber.pfx -n host -d db -W secret -K '' -C NONE >/dev/null
seed pkcs12 ber <ber.pfx

# Java: the target puts the magic number in front and the digest behind
java_seed() {
  keytool -importcert -alias trusted -file "$KEYS/ca_cert.pem" -noprompt -storetype "$1" -keystore "store.$1" -storepass secret 2>/dev/null
  keytool -importkeystore -srckeystore slow.pfx -srcstorepass secret -destkeystore "store.$1" -deststoretype "$1" -deststorepass secret -noprompt 2>/dev/null
  if [[ $1 == jceks ]]; then
    keytool -genseckey -alias secret -keyalg AES -keysize 128 -keystore store.jceks -storetype jceks -storepass secret -keypass secret 2>/dev/null
  fi
  seed contents "$1" <"store.$1"
  tail -c +5 "store.$1" | head -c -20 | prefixed "$2" | tee >(malform | seed java_store "malformed_$1") | seed java_store "$1"
}
java_seed jks '\0'
java_seed jceks '\1'

# Files of a CA directory
"$OURS" ca create 'Seed CA' --ca authority --key ecdsa-p256 >/dev/null
"$OURS" cert issue a.example.com --ca authority --key ecdsa-p256 >/dev/null 2>&1
"$OURS" cert issue b.example.com --ca authority --key ecdsa-p256 >/dev/null 2>&1
find authority -name ca.db -exec cat {} + | seed ledger_line ours
printf 'R\t350101000000Z\t260201000000Z,CAkeyTime,20250101000000Z\tFF00\tunknown\t/C=DE/CN=a\\/b\nE\t20500101000000Z\t\t01\tx.pem\t/CN=\\xC3\\xA4\n' | seed ledger_line openssl
find authority -name ca.conf -exec cat {} + | seed ca_conf ours
printf '.include a\n[ca]\ndefault_ca = x # y\n[x]\ndir = "a b"\ndatabase = $dir/$(x::y)/${z}\\\n/more\n\fdir2 = \\n$dir\n' | seed ca_conf openssl
printf 'trustpack plan 2\nserial 0A\nline V\t350101000000Z\t\t0A\tunknown\t/CN=a\nfile 0A_a_cert.pem\nend\n' | seed change_plan issue
# plan KIND STEP...: a plan of files that such a change may touch.
plan() {
  kind=$1
  shift
  { printf 'trustpack plan 2\nchange %s\n' "$kind"; printf '%b\n' "$@" end; } | seed change_plan "$kind"
}
revoked='append R\t350101000000Z\t260101000000Z\t0A\tunknown\t/CN=a'
plan revoke 'put 0 ca.db' "$revoked"
plan crl 'remove crl.pem' 'put 0 retired/AB/crl.pem'
plan certify 'append V\t350101000000Z\t\t0A\tunknown\t/CN=a' 'put 0 repository/0A_a_cert.pem'
plan renew 'put 0 ca_cert.pem' 'remove ca_chain.pem' 'put 1 ca.conf'
plan rekey 'put 0 ca_priv_key.pem' 'put 1 ca_cert.pem' 'put 2 serial.num'
plan repair 'put 0 ca.db' 'put 1 serial.num' "$revoked"

# Settings
seed profiles kiosk <<'END'
[profile.kiosk]
purposes = ["clientAuth", "1.3.6.1.5.5.7.3.17"]
key-usage = ["digitalSignature", "keyAgreement"]
days = 7
max-days = 14
permit = ["dns:kiosk.example.com", "ip:10.0.0.0/8"]
exclude = ["dirname:C=DE,O=x", "email:x.example"]
wildcards = false
END
printf '%s\r\n' 'Host,cn,san,ip,days,profile,email,organization,key,digest' \
  'a.example.com,A,"b.example.com, c.example.com",192.0.2.1 2001:db8::1,30,gui,x@example.com,Own,rsa-3072,sha384' \
  'd.example.com,,,,,,,"a ""b""",,' ',,,,,,,,,' | seed hosts_csv all
printf 'host\n\342\200\256a\nb;c\n' | seed hosts_csv odd
seed hosts_csv subject <<'END'
host,unit,locality,state,country,for
stat1.example.com,U,L,S,DE,nginx java
"stat2.example.com",,"x, y",,,
END
seed fleet_file good <<'END'
[[host]]
name = "a.example.com"
addresses = ["10.0.0.11", "::1"]
platform = "unix"
[host.security]
certificate = "/etc/sec/a.pem"
certificate-key = "/etc/sec/a.key"
trusted-ca = "/etc/sec/ca.pem"
tls-target-name-check = "host"
[[application]]
name = "Client"
host = "a.example.com"
certificate-source = "host"
[[application.connection]]
to = "Server"
tunnel = "127.0.0.1:14060"
transport = "tls=1;tls-crl=/a;sec-protocol=TLSv13"
[[application]]
name = "Server"
host = "a.example.com"
certificate-source = "host"
backup = "Client"
[application.security]
tls-mutual = 1
[[application.port]]
number = 4060
mode = "secured"
transport = "tls=1;tls-mutual=1;cipher-list=A:B;x=\"1\""
tunnel = "127.0.0.1:12060"
[[accept]]
code = "TP3010"
place = "Client/Server"
reason = "old"
until = 2027-01-01
END
printf '%s' "tls=1;tls-mutual=1;sec-protocol=TLSv13" | seed transport good
printf '%s' "tls=1; tls-mutual=1;;crl= /a;crl=;cipher-list=A B;tls;=;tls=0" | seed transport bad
# The first octet says the form.
printf '0; f\374r LCA\r\n[lca]\r\nlcaport = 4999\r\n\r\n[security]\r\ncertificate = /etc/sec/host.pem\r\ntransport = tls=1;tls-mutual=1\r\nsec-protocol=TLSv12\r\nsec-protocol=TLSv13\r\n' | seed component_file lca
seed component_file shell <<'END'
1#!/bin/sh
export PROVIDER=PEM TRUSTED_CA="/etc/sec/ca.pem"
JAVA_OPTS="-Da=$HOME
-Db"
CRL=/a\ b # end
if true; then TLS_CRL='x'; fi
END
printf '2@echo off\r\nREM set CRL=no\r\nset PROVIDER=MSCAPI\r\nset "CERTIFICATE=89 A0 C1"\r\nset CRL=%%X%%\r\n' | seed component_file batch
seed import table <<'END'
object,name,port,to,section,option,value
host,stat1.example.com,,,,address,10.0.0.11
host,stat1.example.com,,,,os,Red Hat Linux
host,stat1.example.com,,,security,certificate,/etc/sec/stat1_cert.pem
host,stat1.example.com,,,security,certificate-key,/etc/sec/stat1_priv_key.pem
host,stat1.example.com,,,security,trusted-ca,/etc/sec/ca_cert.pem
host,desk1.example.com,,,,platform,Windows Server 2019
application,StatServer,,,,type,Stat Server
application,StatServer,,,,host,stat1.example.com
application,StatServer,,,,certificate-source,Host
application,StatServer,,,security,sec-protocol,TLSv12
application,StatServer,,,log,verbose,all
application,StatServer,,,log,standard,"a ""b"", c"
port,StatServer,default,,,number,2060
port,StatServer,default,,,mode,Secured
port,StatServer,default,,,transport,tls=1;tls-mutual=1
application,Desk,,,,host,desk1.example.com
application,Desk,,,,role,GUI
application,Desk,,,,certificate-source,application
application,Desk,,,security,certificate,89 A0 C1 D4 67 01 93 5D 89 A0 C1 D4 67 01 93 5D 89 A0 C1 D4
connection,Desk,default,StatServer,,,
END
seed import objects <<'END'
{
  "hosts": [
    {
      "name": "stat1.example.com",
      "address": ["10.0.0.11"],
      "os": "Red Hat Linux",
      "annex": {
        "security": {
          "certificate": "/etc/sec/stat1_cert.pem",
          "certificate-key": "/etc/sec/stat1_priv_key.pem",
          "trusted-ca": "/etc/sec/ca_cert.pem"
        }
      }
    },
    { "name": "desk1.example.com", "platform": "Windows Server 2019" }
  ],
  "applications": [
    {
      "name": "StatServer",
      "type": "Stat Server",
      "host": "stat1.example.com",
      "certificate-source": "Host",
      "options": {
        "security": { "sec-protocol": "TLSv12" },
        "log": { "verbose": "all", "standard": "a \"b\", c" }
      },
      "ports": [
        { "id": "default", "number": 2060, "mode": "Secured", "transport": "tls=1;tls-mutual=1" }
      ]
    },
    {
      "name": "Desk",
      "host": "desk1.example.com",
      "role": "GUI",
      "certificate-source": "application",
      "options": {
        "security": { "certificate": "89 A0 C1 D4 67 01 93 5D 89 A0 C1 D4 67 01 93 5D 89 A0 C1 D4" }
      },
      "connections": [{ "to": "StatServer", "port": "default" }]
    }
  ]
}
END
# Hellos: what real clients send to a listener that does not answer
cat >listen.py <<'END'
import socket, subprocess, sys
with socket.create_server(("127.0.0.1", 0)) as listener:
    listener.settimeout(20)
    port = str(listener.getsockname()[1])
    command = [word.replace("PORT", port) for word in sys.argv[1:]]
    silent = {"stdin": subprocess.PIPE, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, **silent) as client:
        connection, _ = listener.accept()
        connection.settimeout(1)
        hello = b""
        try:
            while piece := connection.recv(65536):
                hello += piece
        except TimeoutError:
            pass
        client.kill()
sys.stdout.buffer.write(hello)
END
cat >Hello.java <<'END'
public class Hello {
    public static void main(String[] arguments) throws Exception {
        var factory = javax.net.ssl.SSLSocketFactory.getDefault();
        ((javax.net.ssl.SSLSocket) factory.createSocket("localhost", Integer.parseInt(arguments[0]))).startHandshake();
    }
}
END
hello() { python3 listen.py "${@:2}" | seed hello "$1"; }
hello openssl_13 openssl s_client -connect 127.0.0.1:PORT -servername a.example.com -alpn h2,http/1.1
hello openssl_12 openssl s_client -connect 127.0.0.1:PORT -tls1_2
hello openssl_10 openssl s_client -connect 127.0.0.1:PORT -tls1 -cipher ALL@SECLEVEL=0
hello gnutls gnutls-cli --insecure -p PORT 127.0.0.1
hello curl curl -k https://localhost:PORT/
hello java java Hello.java PORT
mkdir nss
certutil -N -d nss --empty-password
hello nss tstclnt -4 -h 127.0.0.1 -p PORT -a a.example.com -d nss
# With a key for X25519MLKEM768, in two packets.
hello ours "$OURS" cert show 127.0.0.1:PORT
# The same in records of 40 bytes.
python3 - "$SEEDS/hello/openssl_13" <<'END' | seed hello split
import sys
message = open(sys.argv[1], "rb").read()[5:]
for at in range(0, len(message), 40):
    part = message[at:at + 40]
    sys.stdout.buffer.write(b"\x16\x03\x01" + len(part).to_bytes(2, "big") + part)
END
printf '\x80\x2e\x01\x03\x01\x00\x15\x00\x00\x00\x10' | seed hello ssl2
printf 'GET / HTTP/1.1\r\nHost: a.example.com\r\n\r\n' | seed hello plain
printf '\x15\x03\x03\x00\x02\x02\x28' | seed hello alert
# Answers of a server of many suites, as far as they stand in clear; and lines of the log of a tunnel
cat >relay.py <<'END'
import socket, subprocess, sys
with socket.create_server(("127.0.0.1", 0)) as listener:
    command = ["openssl", "s_client", "-connect", "127.0.0.1:%d" % listener.getsockname()[1]] + sys.argv[2:]
    silent = {"stdin": subprocess.PIPE, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, **silent) as client:
        connection, _ = listener.accept()
        with socket.create_connection(("127.0.0.1", int(sys.argv[1]))) as server:
            server.settimeout(1)
            server.sendall(connection.recv(65536))
            answer = b""
            try:
                while piece := server.recv(65536):
                    answer += piece
            except TimeoutError:
                pass
        client.kill()
sys.stdout.buffer.write(answer)
END
openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=a.example.com -keyout answering.key -out answering.pem 2>/dev/null
openssl s_server -accept 18010 -cert answering.pem -key answering.key -quiet -verify 1 -CAfile answering.pem \
  -groups X25519:P-256 -cipher ALL:@SECLEVEL=0 >/dev/null 2>&1 &
answering=$!
sleep 1
answer() { python3 relay.py 18010 "${@:2}" | seed server_answer "$1"; }
answer retry_13 -tls1_3 -groups P-521:P-256
answer alert -tls1_3 -groups P-521
answer curve_12 -tls1_2 -cipher ECDHE-RSA-AES128-GCM-SHA256
answer numbers_12 -tls1_2 -cipher DHE-RSA-AES128-GCM-SHA256
answer anonymous_numbers_12 -tls1_2 -cipher ADH-AES128-SHA@SECLEVEL=0
answer anonymous_curve_12 -tls1_2 -cipher AECDH-AES128-SHA@SECLEVEL=0
answer rsa_10 -tls1 -cipher AES128-SHA@SECLEVEL=0
kill "$answering"
printf 'HTTP/1.1 400 Bad Request\r\n\r\n' | seed server_answer plain
printf '%s' '2026-11-22T00:59:42.290737Z  WARN handshake refused step=allowed names reason="the certificate \"CN=host.example.com\" with serial 74 bears none of the names that are allowed here: dns:other.example.com" alert_sent=access_denied (49) place="Server:default" peer=127.0.0.1:55432' | seed log_line text
printf '%s' '{"timestamp":"2026-11-22T00:59:42.290737Z","level":"WARN","message":"handshake refused","step":"path","reason":"the TLS client presented no certificate; one is demanded","place":"command line","bytes_in":0}' | seed log_line json
printf '%s' '2026-11-22T00:59:42Z  WARN connection ended reason="the peer refused with the alert unknown_ca (48)" place="Desk/Server:default" resumed=false' | seed log_line alert
# Requests at a control socket
for request in reload stop status; do printf '{"request":"%s"}\n' "$request" | seed control_request "$request"; done
printf ' { "request" : "\\u0073top" } ' | seed control_request escaped
printf '{"request":"halt","now":true}\n' | seed control_request other
# Answers of a process at its control socket, and none
answer_line() { printf '%s\n' "$2" | seed control_answer "$1"; }
answer_line status '{"answer":"status","stage":"serving","running_seconds":90061,"connections_limit":10000,"rooms":{"connections":{"used":2,"limit":10000,"times_used_up":0},"handshakes":{"used":1,"limit":1000,"times_used_up":3}},"draining":[{"process":4711,"connections":1,"seconds":62},{"process":null,"connections":0,"seconds":3}],"endpoints":[{"place":"Desk/StatServer:default","listen":["0.0.0.0:7443","[::]:7443"],"to":"127.0.0.1:7000","security":"mutual","generation":3,"certificate":{"subject":"CN=a.example.com, O=Example","serial":"0A0B","not_after_unix":2082758400},"figures":{"open":2,"opened":20,"ended":{"in-order":17,"silent-close":1},"full_handshakes":12,"resumed_handshakes":7,"refused_handshakes":{"expired":1,"too-busy":2},"handshake_times":[{"below_micros":1024,"count":18},{"below_micros":4096,"count":1}],"handshake_micros":19000,"bytes_in":123456789,"bytes_out":42,"accept_errors":1,"changes":2,"changes_refused":1},"plain":{"count":3,"last_seconds_ago":5},"last_failures":[{"seconds_ago":7,"caller":"192.0.2.1:50000","reason":"the peer refused with the alert unknown_ca (48)","times":2}],"findings":[{"code":"TP4012","severity":"warning","message":"it ends in 3 days","remedy":"renew it"}]}]}'
answer_line status-of-an-older-one '{"answer":"status","stage":"draining","running_seconds":1,"connections_limit":1,"endpoints":[{"place":"command line","listen":[],"to":"unix:/run/a","security":"open","generation":null,"certificate":null,"figures":{"open":0,"opened":0,"ended":{},"full_handshakes":0,"resumed_handshakes":0,"refused_handshakes":{},"handshake_times":[],"handshake_micros":0,"bytes_in":0,"bytes_out":0,"accept_errors":0,"changes":0,"changes_refused":0},"plain":null,"last_failures":[{"seconds_ago":1,"caller":null,"reason":"nothing"}],"findings":[]}]}'
answer_line connections '{"answer":"connections","oldest":[{"place":"Desk/StatServer:default","caller":"192.0.2.1:50000","open_seconds":61,"subject":"CN=b","version":"TLS 1.3","suite":"TLS_AES_128_GCM_SHA256","bytes_in":1,"bytes_out":2,"waits_for":"data","process":4711},{"place":"a","caller":"unix","open_seconds":0}],"count":1001}'
answer_line report '{"answer":"report","watched_seconds":3600,"ports":[{"place":"Desk/StatServer:default","tls_handshakes":4,"plain":{"count":3,"first_seconds_ago":50,"last_seconds_ago":5},"callers":[{"caller":"192.0.2.1","count":3,"first_seconds_ago":50,"last_seconds_ago":5}],"forgotten":{"count":1,"first_seconds_ago":9,"last_seconds_ago":9}},{"place":"b","tls_handshakes":0,"plain":null,"callers":[],"forgotten":null}]}'
answer_line reloaded '{"answer":"reloaded","endpoints":[{"place":"a","outcome":"unchanged"},{"place":"b","outcome":"new-certificate"},{"place":"c","outcome":"new-trust","generation":2,"cut":1},{"place":"d","outcome":"started","listen":["127.0.0.1:1"]},{"place":"e","outcome":"moved","listen":["127.0.0.1:1"],"to":"127.0.0.1:2"},{"place":"f","outcome":"secured","security":"mutual","before":"open","cut":3},{"place":"g","outcome":"stopped","open":4},{"place":"h","outcome":"stays","reason":"it is broken","findings":["error[TP4004]: no key"],"remedy":"mend it"}],"moved":["i"],"findings":["warning[TP4012]: it ends"]}'
answer_line sockets '{"answer":"sockets","count":3,"process":4711,"of_manager":[0,2],"draining":[{"process":4710,"seconds":62}]}'
answer_line stopping '{"answer":"stopping"}'
answer_line stopped '{"answer":"stopped","later":true}'
answer_line refused '{"answer":"refused","reason":"the process is about to end"}'
answer_line other '{"answer":"halted"}'
# Headers of the PROXY protocol: what HAProxy sends, and what it does not
cat >haproxy.cfg <<'END'
defaults
    mode tcp
    timeout connect 1s
    timeout client 1s
    timeout server 1s
frontend v1
    bind 127.0.0.1:18001
    default_backend v1
frontend v2
    bind 127.0.0.1:18002
    default_backend v2
backend v1
    server s 127.0.0.1:18009 send-proxy
backend v2
    server s 127.0.0.1:18009 send-proxy-v2 proxy-v2-options crc32c,unique-id
END
cat >passed-on.py <<'END'
import socket, sys
with socket.create_server(("127.0.0.1", 18009)) as listener:
    with socket.create_connection(("127.0.0.1", int(sys.argv[1]))) as caller:
        caller.sendall(b"x")
        connection, _ = listener.accept()
        header = b""
        while not header.endswith(b"x"):
            header += connection.recv(4096)
sys.stdout.buffer.write(header[:-1])
END
haproxy -D -p haproxy.pid -f haproxy.cfg
python3 passed-on.py 18001 | seed proxy_header haproxy_v1
python3 passed-on.py 18002 | seed proxy_header haproxy_v2
kill "$(cat haproxy.pid)"
printf 'PROXY TCP6 2001:db8::1 2001:db8::2 56324 443\r\n' | seed proxy_header v1_tcp6
printf 'PROXY UNKNOWN\r\n' | seed proxy_header v1_unknown
V2='\r\n\r\n\0\r\nQUIT\n'
printf "$V2"'\x20\0\0\0' | seed proxy_header v2_local
# 10.0.0.1 to 10.0.0.11 with h2, a.com, and all facts of TLS.
printf "$V2"'\x21\x11\0\x41\x0a\0\0\1\x0a\0\0\x0b\xdc\4\1\xbb\1\0\2h2\2\0\5a.com\x20\0\x25\7\0\0\0\0\x21\0\7TLSv1.3\x22\0\1b\x25\0\7RSA2048\x24\0\1r\x23\0\1s' |
  seed proxy_header v2_tls
{
  printf "$V2"'\x21\x31\0\xd8'
  head -c 108 /dev/zero
  printf '/run/service.sock'
  head -c 91 /dev/zero
} | seed proxy_header v2_unix
head -c 300 /dev/zero | tr '\0' '\1' | seed verdict ones
wait
du -sb "$SEEDS"
