# Takes a certificate without its chain.
needs openssl openssl
