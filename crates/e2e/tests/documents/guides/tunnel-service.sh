# The host of the guide, with a tunnel in its fleet file.
trustpack ca create --ca my-ca 'Example CA'
trustpack cert issue --ca my-ca stat1.example.com
trustpack cert export --ca my-ca stat1.example.com --to stat1
cat >fleet.toml <<FLEET
[[host]]
name = "stat1.example.com"
addresses = ["127.0.0.1"]
[host.security]
certificate     = "$PWD/stat1/stat1_cert.pem"
certificate-key = "$PWD/stat1/stat1_priv_key.pem"
trusted-ca      = "$PWD/stat1/ca_cert.pem"
[[application]]
name = "StatServer"
host = "stat1.example.com"
certificate-source = "host"
[[application.port]]
number = 12060
mode = "secured"
tunnel = "127.0.0.1:2060"
FLEET
