//! nginx, HAProxy and stunnel: PEM files, and the lines of configuration that name them.
//!
//! Invariant: the lines name exactly the files of the bundle.

use trustpack_keystore::pem::{certificates_to_pem, private_key_to_pem};
use zeroize::Zeroizing;

use crate::bundle::{
    Access, BundleFile, CA_CERT_PEM, Delivery, Holds, key_pem, sent_pem, trusted_pem,
};

/// Where the lines expect the folder; people put it where they like.
const PLACE: &str = "/etc/trustpack";

pub(crate) fn nginx(delivery: &Delivery<'_>) -> Vec<BundleFile> {
    let [certificate, key] = names(delivery);
    let lines = format!(
        "# Into the server block. Put the files into {PLACE}, or change the paths.\n\
         listen 443 ssl;\n\
         ssl_certificate     {PLACE}/{certificate};\n\
         ssl_certificate_key {PLACE}/{key};\n\
         ssl_protocols       TLSv1.2 TLSv1.3;\n\
         # Mutual TLS: clients must present a certificate of this CA.\n\
         #ssl_client_certificate {PLACE}/{CA_CERT_PEM};\n\
         #ssl_verify_client      on;\n"
    );
    pem_files(delivery, "nginx.conf", &lines)
}

pub(crate) fn stunnel(delivery: &Delivery<'_>) -> Vec<BundleFile> {
    let [certificate, key] = names(delivery);
    let lines = format!(
        "; Put the files into {PLACE}, or change the paths, the addresses too.\n\
         [service]\n\
         accept = 443\n\
         connect = 127.0.0.1:8080\n\
         cert = {PLACE}/{certificate}\n\
         key = {PLACE}/{key}\n\
         sslVersionMin = TLSv1.2\n\
         ; Mutual TLS: clients must present a certificate of this CA.\n\
         ;CAfile = {PLACE}/{CA_CERT_PEM}\n\
         ;verifyChain = yes\n"
    );
    pem_files(delivery, "stunnel.conf", &lines)
}

/// HAProxy reads certificate, chain and key from one file.
pub(crate) fn haproxy(delivery: &Delivery<'_>) -> Vec<BundleFile> {
    let Some(key) = delivery.key else {
        return vec![sent_pem(delivery), trusted_pem(delivery)];
    };
    let name = delivery.stem.file("haproxy.pem");
    let chain = delivery.sent_chain();
    let mut contents = Zeroizing::new(Vec::new());
    let (certificates, key) = (certificates_to_pem(&chain), private_key_to_pem(key));
    // At once to the full size: a vector that grows leaves copies of the key behind.
    contents.reserve_exact(certificates.len() + key.len());
    contents.extend_from_slice(certificates.as_bytes());
    contents.extend_from_slice(key.as_bytes());
    let lines = format!(
        "# Into the frontend. Put the files into {PLACE}, or change the paths.\n\
         bind :443 ssl crt {PLACE}/{name} ssl-min-ver TLSv1.2\n\
         # Mutual TLS: clients must present a certificate of this CA.\n\
         #bind :443 ssl crt {PLACE}/{name} ssl-min-ver TLSv1.2 ca-file {PLACE}/{CA_CERT_PEM} verify required\n"
    );
    vec![
        BundleFile {
            name,
            contents,
            access: Access::Private,
            holds: Holds::Key(chain),
        },
        trusted_pem(delivery),
        BundleFile::lines("haproxy.cfg", &lines),
    ]
}

fn names(delivery: &Delivery<'_>) -> [String; 2] {
    ["cert.pem", "priv_key.pem"].map(|rest| delivery.stem.file(rest))
}

fn pem_files(delivery: &Delivery<'_>, name: &str, lines: &str) -> Vec<BundleFile> {
    let mut files = vec![sent_pem(delivery)];
    files.extend(key_pem(delivery));
    files.push(trusted_pem(delivery));
    files.push(BundleFile::lines(name, lines));
    files
}
