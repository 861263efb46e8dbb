# The folders that the guide takes over.
needs openssl openssl
needs /usr/share/easy-rsa/easyrsa easy-rsa
needs mkcert mkcert
needs minica minica
mkdir -p demoCA/newcerts demoCA/private
touch demoCA/index.txt
openssl req -x509 -newkey rsa:2048 -nodes -subj '/O=Example/CN=Old CA' -days 3650 \
  -keyout demoCA/private/cakey.pem -out demoCA/cacert.pem
echo F80A42C1CFB2DF85 >demoCA/serial
openssl req -newkey rsa:2048 -nodes -subj '/O=Example/CN=web1.example.com' -keyout web1.key -out web1.csr
openssl ca -batch -policy policy_anything -days 300 -in web1.csr -out web1.pem
mkdir easy-rsa
(
  cd easy-rsa
  export EASYRSA_BATCH=1 EASYRSA_REQ_CN='Easy-RSA CA'
  /usr/share/easy-rsa/easyrsa init-pki
  /usr/share/easy-rsa/easyrsa build-ca nopass
  unset EASYRSA_REQ_CN
  /usr/share/easy-rsa/easyrsa build-server-full web2.example.com nopass
)
export CAROOT=$PWD/mkcert
mkcert web3.example.com
mkdir minica
(
  cd minica
  minica web4.example.com
)
cp demoCA/cacert.pem old_ca.pem
cp demoCA/private/cakey.pem old_ca_key.pem
