# The files that the guide puts into stores.
needs keytool default-jdk-headless
trustpack ca create --ca my-ca 'Example CA'
trustpack ca create --ca new-ca 'Example CA 2'
trustpack cert issue --ca my-ca stat1.example.com
cp my-ca/repository/*_stat1_cert.pem stat1_cert.pem
cp my-ca/repository/*_stat1_priv_key.pem stat1_priv_key.pem
cp my-ca/ca_conf/ca_cert.pem .
cp new-ca/ca_conf/ca_cert.pem new_ca_cert.pem
