# The CA directory of the guide: two certificates, the second revoked and on the list; then what went wrong.
trustpack ca create --ca my-ca 'Example CA'
trustpack cert issue --ca my-ca stat1.example.com
trustpack cert issue --ca my-ca stat2.example.com
trustpack cert revoke --ca my-ca --reason superseded --crl my-ca/repository/*_stat2_cert.pem
chmod 644 my-ca/ca_conf/ca_priv_key.pem
sed -i -e '2d' -e '1s/^V\t./V\tx/' my-ca/ca_conf/ca.db
: >my-ca/ca_conf/serial.num
