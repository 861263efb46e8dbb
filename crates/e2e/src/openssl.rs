//! What stories ask OpenSSL for more than once.

use std::path::Path;

use crate::call::Call;

/// The arguments with which `openssl ca` works on a CA directory, run in it.
pub const CA: [&str; 3] = ["ca", "-config", "ca_conf/ca.conf"];

/// `openssl verify`, strictly and with further options, of a certificate under one CA.
#[track_caller]
pub fn verify(ca_certificate: &Path, options: &[&str], certificate: &Path) -> Call {
    // Options come first: OpenSSL takes all behind the first file for files.
    Call::foreign("openssl", ["verify", "-x509_strict", "-CAfile"])
        .arg(ca_certificate)
        .args(options)
        .arg(certificate)
}

/// What `openssl x509 -text` says of a certificate.
#[track_caller]
pub fn text(certificate: &Path) -> String {
    Call::foreign("openssl", ["x509", "-noout", "-text", "-in"])
        .arg(certificate)
        .succeeds()
        .stdout
}

/// Serial of a certificate, in upper-case hexadecimal, as file names and the ledger have it.
#[track_caller]
pub fn serial(certificate: &Path) -> String {
    let shown = Call::foreign("openssl", ["x509", "-noout", "-serial", "-in"])
        .arg(certificate)
        .succeeds()
        .stdout;
    shown.trim().trim_start_matches("serial=").to_owned()
}

/// Whole days from the signing of a certificate of ours to its end. It starts five minutes before it
/// was signed.
#[track_caller]
pub fn days(certificate: &Path) -> u64 {
    const DAY: u64 = 24 * 60 * 60;
    const BACKDATED: u64 = 5 * 60;
    let date = |which: &str| -> u64 {
        let shown = Call::foreign("openssl", ["x509", "-noout", which, "-in"])
            .arg(certificate)
            .succeeds()
            .stdout;
        let date = shown.trim().split_once('=').map_or("", |(_, date)| date);
        let unix = Call::foreign("date", ["-u", "+%s", "-d", date]).succeeds();
        match unix.stdout.trim().parse() {
            Ok(seconds) => seconds,
            Err(error) => panic!("{error}: {unix}"),
        }
    };
    let seconds = date("-enddate") - date("-startdate");
    assert_eq!(seconds % DAY, BACKDATED, "not whole days and five minutes");
    seconds / DAY
}

/// Makes a key and a request for `host` in `folder`: `NAME.key` and `NAME.csr`.
#[track_caller]
pub fn request(folder: &Path, name: &str, host: &str) {
    let [key, csr] = ["key", "csr"].map(|end| format!("{name}.{end}"));
    let [subject, names] = [format!("/CN={host}"), format!("subjectAltName=DNS:{host}")];
    let words = [
        "req",
        "-new",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-keyout",
        &key,
        "-out",
        &csr,
        "-subj",
        &subject,
        "-addext",
        &names,
    ];
    Call::foreign("openssl", words).within(folder).succeeds();
}
