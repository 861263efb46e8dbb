//! Revocation lists that OpenSSL makes for stories.

use std::fmt::Write as _;
use std::fs;

use trustpack_e2e::call::Call;
use trustpack_e2e::openssl;
use trustpack_e2e::pki::Pki;

/// What a list is to be.
#[derive(Clone, Copy)]
pub(crate) struct List<'a> {
    /// Whose name it bears.
    pub(crate) issuer: &'a str,
    /// Whose key signs it.
    pub(crate) key: &'a str,
    /// Serial numbers, each with a reason or nothing.
    pub(crate) revoked: &'a [(&'a str, &'a str)],
    pub(crate) last: &'a str,
    pub(crate) next: &'a str,
    pub(crate) number: Option<&'a str>,
    /// More extensions, as OpenSSL writes them.
    pub(crate) extensions: &'a str,
    pub(crate) digest: &'a str,
}

impl<'a> List<'a> {
    /// A good one of this issuer that names nobody, for November 2026.
    pub(crate) fn of(issuer: &'a str) -> Self {
        Self {
            issuer,
            key: issuer,
            revoked: &[],
            last: "20261101000000Z",
            next: "20261201000000Z",
            number: Some("07"),
            extensions: "",
            digest: "sha256",
        }
    }
}

/// Makes a list as a PEM file in the folder.
#[track_caller]
pub(crate) fn make(pki: &Pki, file: &str, list: List<'_>) {
    let mut index = String::new();
    for (serial, reason) in list.revoked {
        let comma = if reason.is_empty() { "" } else { "," };
        writeln!(
            index,
            "R\t991231235959Z\t261015000000Z{comma}{reason}\t{serial}\tunknown\t/CN=x"
        )
        .unwrap();
    }
    let number = list.number.map_or_else(String::new, |number| {
        fs::write(pki.path("crlnumber"), format!("{number}\n")).unwrap();
        "crlnumber=crlnumber\n".to_owned()
    });
    let identifier = "authorityKeyIdentifier=keyid";
    let config = format!(
        "[ca]\ndefault_ca=here\n[here]\ndatabase=list.txt\n{number}default_md={}\n\
         crl_extensions=x\n[x]\n{identifier}\n{}\n",
        list.digest, list.extensions
    );
    fs::write(pki.path("list.txt"), index).unwrap();
    fs::write(pki.path("list.cnf"), config).unwrap();
    // OpenSSL wants a certificate and a key that fit: the name is the issuer's.
    let certificate = if list.key == list.issuer {
        pki.certificate(list.issuer)
    } else {
        namesake(pki, list)
    };
    Call::foreign("openssl", ["ca", "-gencrl", "-config", "list.cnf", "-cert"])
        .arg(certificate)
        .arg("-keyfile")
        .arg(pki.key(list.key))
        .args([
            "-crl_lastupdate",
            list.last,
            "-crl_nextupdate",
            list.next,
            "-out",
            file,
        ])
        .within(pki.dir())
        .succeeds();
}

/// A certificate with the issuer's name and another key.
#[track_caller]
fn namesake(pki: &Pki, list: List<'_>) -> std::path::PathBuf {
    let subject = format!("/CN={}", list.issuer);
    Call::foreign(
        "openssl",
        ["req", "-x509", "-new", "-subj", &subject, "-key"],
    )
    .arg(pki.key(list.key))
    .args(["-out", "namesake.pem"])
    .within(pki.dir())
    .succeeds();
    pki.path("namesake.pem")
}

/// The serial number of a certificate.
#[track_caller]
pub(crate) fn serial(pki: &Pki, name: &str) -> String {
    openssl::serial(&pki.certificate(name))
}
