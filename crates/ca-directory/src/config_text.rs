//! The text of `ca.conf`: with it `openssl ca -config ca_conf/ca.conf`, run in the CA directory,
//! signs, revokes and makes CRLs in this very folder.
//!
//! Its extensions are those of the profile `server` for an RSA key. OpenSSL gives other keys the usage
//! keyEncipherment too, and asks for no subject alternative name; the text says so. What a request asks for beside the subject
//! alternative names has no effect where the section sets a value of its own.

use trustpack_ca::crl_url::CrlUrl;
use trustpack_x509::algorithm::Digest;

use crate::crl_urls;

/// The file for a CA that signs over `digest` and whose revocation lists are at `crl_urls`.
pub(crate) fn config_text(digest: Digest, crl_urls: &[CrlUrl]) -> String {
    CONFIG
        .replace("@DIGEST@", digest.name())
        .replace("@CRL_URLS@\n", &crl_urls::line(crl_urls))
}

const CONFIG: &str = "\
# Configuration of this CA directory for the program openssl. Run it in the folder above ca_conf:
#
#   openssl ca -config ca_conf/ca.conf -in request.csr
#
# OpenSSL takes no lock: do not run it while trustpack changes this folder.

[ ca ]
default_ca = trustpack

[ trustpack ]
certificate      = ca_conf/ca_cert.pem
private_key      = ca_conf/ca_priv_key.pem
database         = ca_conf/ca.db
serial           = ca_conf/serial.num
crlnumber        = ca_conf/crl_number
crl              = ca_conf/crl.pem
new_certs_dir    = repository
default_md       = @DIGEST@
default_days     = 100
default_crl_days = 30
unique_subject   = no
# Takes the subject alternative names of a request. The extensions set below are not replaced by
# those of a request; others would be copied too, so look at what openssl shows before you say yes.
copy_extensions  = copy
email_in_dn      = yes
preserve         = no
string_mask      = utf8only
name_opt         = ca_default
cert_opt         = ca_default
policy           = subject
x509_extensions  = server
crl_extensions   = crl

# The order of the attributes of a subject, and which must be there.
[ subject ]
countryName            = optional
stateOrProvinceName    = optional
localityName           = optional
organizationName       = optional
organizationalUnitName = optional
commonName             = supplied
emailAddress           = optional

# As the profile server of trustpack, but for two things that cannot be said here: a key that is not
# RSA gets keyEncipherment too, which it has no use for, and a request without subject alternative
# names, which TLS programs refuse today, is signed all the same.
[ server ]
basicConstraints       = critical, CA:FALSE
keyUsage               = critical, digitalSignature, keyEncipherment
extendedKeyUsage       = serverAuth, clientAuth
subjectKeyIdentifier   = hash
authorityKeyIdentifier = keyid:always
@CRL_URLS@

[ crl ]
authorityKeyIdentifier = keyid:always
";
