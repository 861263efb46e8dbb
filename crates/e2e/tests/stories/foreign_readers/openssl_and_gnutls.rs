//! The `openssl` program and `certtool`: both show in PEM what they read.

use std::path::Path;

use trustpack_e2e::call::{Call, Outcome};
use trustpack_e2e::formats::{Form, Reader};

use super::read_by;
use super::samples::{Sample, Samples};

pub(super) fn openssl(samples: &Samples, reader: Reader) {
    for sample in read_by(samples, reader) {
        let outcome = openssl_call(sample).succeeds();
        sample.assert_seen(&with_public_key(sample, outcome));
    }
}

fn openssl_call(sample: &Sample) -> Call {
    let words = match sample.form {
        Form::CertificatePem => "x509",
        Form::CertificateDer => "x509 -inform der",
        Form::ChainPem => "storeutl -certs",
        Form::Pkcs7 => "pkcs7 -inform der -print_certs",
        Form::KeyPem
        | Form::KeyEncrypted
        | Form::KeyEncryptedLegacy
        | Form::KeyTraditional
        | Form::KeyTraditionalEncrypted => "pkey -pubout",
        Form::KeyDer | Form::KeyTraditionalDer => "pkey -pubout -inform der",
        Form::Pkcs12 | Form::Pkcs12Legacy | Form::HostPfx | Form::TrustPfx => "pkcs12 -noenc",
        Form::Jks => unreachable!("the table says that it has no way"),
        Form::CrlPem => "crl -noout -text",
        Form::CrlDer => "crl -noout -text -inform der",
        Form::RequestPem => "req -noout -text -verify",
        Form::RequestDer => "req -noout -text -verify -inform der",
    };
    let call = Call::foreign("openssl", words.split(' '));
    if sample.form == Form::ChainPem {
        return call.arg(&sample.path);
    }
    let call = call.arg("-in").arg(&sample.path);
    if sample.is_locked() {
        call.args(["-passin", &format!("pass:{}", sample.password)])
    } else {
        call
    }
}

pub(super) fn certtool(samples: &Samples, reader: Reader) {
    for sample in read_by(samples, reader) {
        let outcome = certtool_call(sample).succeeds();
        sample.assert_seen(&with_public_key(sample, outcome));
    }
}

fn certtool_call(sample: &Sample) -> Call {
    let words = match sample.form {
        Form::CertificatePem | Form::ChainPem => "--certificate-info",
        Form::CertificateDer => "--inder --certificate-info",
        Form::Pkcs7 => "--inder --p7-info",
        Form::KeyPem
        | Form::KeyEncrypted
        | Form::KeyEncryptedLegacy
        | Form::KeyTraditional
        | Form::KeyTraditionalEncrypted => "--pubkey-info --load-privkey",
        Form::KeyDer | Form::KeyTraditionalDer => "--inder --pubkey-info --load-privkey",
        Form::Pkcs12 | Form::Pkcs12Legacy | Form::HostPfx | Form::TrustPfx => "--inder --p12-info",
        Form::Jks => unreachable!("the table says that it has no way"),
        Form::CrlPem => "--crl-info",
        Form::CrlDer => "--inder --crl-info",
        Form::RequestPem => "--crq-info",
        Form::RequestDer => "--inder --crq-info",
    };
    let call = Call::foreign("certtool", words.split(' '));
    let call = if words.ends_with("--load-privkey") {
        call.arg(&sample.path)
    } else {
        call.arg("--infile").arg(&sample.path)
    };
    match sample.password {
        "" => call.arg("--empty-password"),
        password => call.args(["--password", password]),
    }
}

/// What was printed; and, if that has a private key in PEM, its public key, as OpenSSL derives it.
#[track_caller]
fn with_public_key(sample: &Sample, outcome: Outcome) -> String {
    let mut printed = outcome.stdout;
    let begin = ["PRIVATE KEY", "ENCRYPTED PRIVATE KEY"]
        .iter()
        .find_map(|label| printed.find(&format!("-----BEGIN {label}")));
    if let Some(begin) = begin {
        let password = format!("pass:{}", sample.password);
        let key = Call::foreign("openssl", ["pkey", "-pubout", "-passin", &password])
            .stdin(&printed.as_bytes()[begin..])
            .succeeds();
        printed.push_str(&key.stdout);
    }
    printed
}

/// A public key as the program shows it of a request that it made and signed.
#[track_caller]
pub(super) fn public_key_of_request(request: &Path) -> String {
    Call::foreign("openssl", ["req", "-verify", "-noout", "-pubkey", "-in"])
        .arg(request)
        .succeeds()
        .stdout
}
