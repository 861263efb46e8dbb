# The files that the guide looks at, and the server that it asks.
needs openssl openssl
trustpack ca create --ca my-ca 'Example CA'
trustpack cert issue --ca my-ca stat1.example.com db1.example.com
for host in stat1 db1; do
  cp my-ca/repository/*_"$host"_cert.pem "${host}_cert.pem"
done
cp my-ca/ca_conf/ca_cert.pem .
trustpack cert revoke --ca my-ca --reason keyCompromise --crl db1_cert.pem
cp my-ca/ca_conf/crl.pem .
openssl s_server -accept 8443 -cert stat1_cert.pem -key my-ca/repository/*_stat1_priv_key.pem -quiet &
until openssl s_client -connect 127.0.0.1:8443 </dev/null >/dev/null 2>&1; do
  kill -0 $! || exit 1
  sleep 0.05
done
