# The other authority.
needs openssl openssl
openssl req -x509 -newkey rsa:2048 -nodes -subj '/O=Company/CN=Company CA' -days 3650 \
  -addext keyUsage=critical,keyCertSign,cRLSign -keyout company_key.pem -out company_ca.pem
