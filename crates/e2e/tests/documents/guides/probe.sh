# A service of the reader's: a server with a tunnel and a client, the fleet file of both, and the files of each host.
trustpack ca create --ca my-ca --organization Example 'Example CA'
trustpack cert issue --ca my-ca --key ecdsa-p256 stat1.example.com desk1.example.com
trustpack crl create --ca my-ca
for host in stat1 desk1; do
  trustpack cert export --ca my-ca $host.example.com --crl --to $host
  mkdir -p "hosts/$host.example.com$PWD"
  cp -a $host "hosts/$host.example.com$PWD"
  cat >>fleet.toml <<FLEET
[[host]]
name = "$host.example.com"
[host.security]
certificate     = "$PWD/$host/${host}_cert.pem"
certificate-key = "$PWD/$host/${host}_priv_key.pem"
trusted-ca      = "$PWD/$host/ca_cert.pem"
crl             = "$PWD/$host/crl.pem"
tls-target-name-check = "host"
FLEET
done
cat >>fleet.toml <<FLEET
[[application]]
name = "StatServer"
host = "stat1.example.com"
certificate-source = "host"
[[application.port]]
number = 2060
mode = "secured"
transport = "tls=1;tls-mutual=1"
tunnel = "127.0.0.1:12060"
[[application]]
name = "Desk"
host = "desk1.example.com"
certificate-source = "host"
[[application.connection]]
to = "StatServer"
transport = "tls=1"
FLEET
trustpack fleet check --files hosts fleet.toml
trustpack tunnel run --fleet fleet.toml --host stat1.example.com >tunnel.log 2>&1 &
wait_for tunnel.log
