//! `keytool`, and a program on the classes of Java. Both do all in one process, since Java starts slowly.

use trustpack_e2e::formats::{Form, Reader};
use trustpack_e2e::java;

use super::openssl_and_gnutls::public_key_of_request;
use super::samples::{Sample, Samples};
use super::{parts, read_by};

/// The class that `keytool` runs, many times. Of a key it makes a request.
pub(super) fn keytool(samples: &Samples, reader: Reader) {
    let read = read_by(samples, reader);
    let request =
        |sample: &Sample| samples.path(&format!("{:?}.{:?}.request", sample.key, sample.form));
    let mut call = java::program("ManyTimesKeytool");
    for sample in &read {
        call = call
            .args(keytool_words(sample.form).split(' '))
            .arg(&sample.path);
        let password = ["-storepass", sample.password];
        if sample.is_locked() {
            call = call.args(password);
        }
        if sample.is_key_store() {
            call = call
                .args(["+", "-certreq", "-keystore"])
                .arg(&sample.path)
                .args(password)
                .args(["-alias", &sample.alias, "-file"])
                .arg(request(sample));
        }
        call = call.arg("--");
    }
    let shown = parts(&read, &call.succeeds());
    for (sample, mut shown) in read.iter().zip(shown) {
        if sample.is_key_store() {
            shown += &public_key_of_request(&request(sample));
        }
        sample.assert_seen(&shown);
    }
}

fn keytool_words(form: Form) -> &'static str {
    match form {
        Form::CertificatePem | Form::CertificateDer | Form::ChainPem | Form::Pkcs7 => {
            "-printcert -rfc -file"
        }
        Form::Pkcs12 | Form::Pkcs12Legacy | Form::HostPfx | Form::TrustPfx | Form::Jks => {
            "-list -rfc -keystore"
        }
        Form::CrlPem | Form::CrlDer => "-printcrl -file",
        Form::RequestPem => "-printcertreq -file",
        Form::KeyPem
        | Form::KeyDer
        | Form::KeyEncrypted
        | Form::KeyEncryptedLegacy
        | Form::KeyTraditional
        | Form::KeyTraditionalDer
        | Form::KeyTraditionalEncrypted
        | Form::RequestDer => unreachable!("the table says that it has no way"),
    }
}

/// A program that signs with each key, and verifies with the certificate.
pub(super) fn classes(samples: &Samples, reader: Reader) {
    let read = read_by(samples, reader);
    let mut call = java::program("Reads");
    for sample in &read {
        call = call.arg(what(sample)).arg(&sample.path);
        call = call.arg(sample.password).arg(&sample.certificate);
    }
    for (sample, shown) in read.iter().zip(parts(&read, &call.succeeds())) {
        sample.assert_seen(&shown);
    }
}

fn what(sample: &Sample) -> &'static str {
    match sample.form {
        Form::CertificatePem | Form::CertificateDer | Form::ChainPem | Form::Pkcs7 => {
            "certificates"
        }
        Form::KeyPem | Form::KeyDer => "key",
        Form::KeyEncrypted | Form::KeyEncryptedLegacy => "encrypted-key",
        Form::Pkcs12 | Form::Pkcs12Legacy | Form::HostPfx | Form::TrustPfx => "PKCS12",
        Form::Jks => "JKS",
        Form::CrlPem | Form::CrlDer => "list",
        Form::KeyTraditional
        | Form::KeyTraditionalDer
        | Form::KeyTraditionalEncrypted
        | Form::RequestPem
        | Form::RequestDer => unreachable!("the table says that it has no way"),
    }
}
