//! Programs that are not ours read every form of file that we make, for every kind of key.
//!
//! The table of `trustpack_e2e::formats` says which program reads what; a program that is said to fail and
//! does not is a failure too. What a program shows is compared with the file: the certificates, the public
//! key of a private key, the serials of a list.

mod java;
mod nss;
mod openssl_and_gnutls;
mod samples;

use std::thread;

use trustpack_e2e::call::{Call, Outcome};
use trustpack_e2e::formats::{Reader, Reading};

use samples::{PASSWORD, Sample, Samples};

#[test]
fn every_form_of_ours_is_read() {
    let samples = Samples::make();
    thread::scope(|scope| {
        // Those that start slowly do all in one process, beside the others.
        scope.spawn(|| {
            java::keytool(&samples, Reader::Keytool);
            java::classes(&samples, Reader::Java);
        });
        scope.spawn(|| {
            nss::read(&samples, Reader::Nss);
            pyjks(&samples, Reader::PyJks);
        });
        openssl_and_gnutls::openssl(&samples, Reader::OpenSsl);
        openssl_and_gnutls::certtool(&samples, Reader::GnuTls);
    });
}

/// Those samples that the program reads, by the table.
fn read_by(samples: &Samples, reader: Reader) -> Vec<&Sample> {
    let shown = |sample: &&Sample| reader.reads(sample.form, sample.key) == Reading::Shown;
    samples.all.iter().filter(shown).collect()
}

/// Those samples on which the program fails, by the table.
fn failed_by(samples: &Samples, reader: Reader) -> Vec<&Sample> {
    let fails =
        |sample: &&Sample| matches!(reader.reads(sample.form, sample.key), Reading::Fails(_));
    samples.all.iter().filter(fails).collect()
}

/// What a program has printed of each sample. Before it, it prints a line `=== NUMBER`.
#[track_caller]
fn parts(samples: &[&Sample], outcome: &Outcome) -> Vec<String> {
    let parts = outcome.stdout.split("=== ").skip(1).map(str::to_owned);
    let parts: Vec<String> = parts.collect();
    assert_eq!(parts.len(), samples.len(), "{outcome}");
    parts
}

/// The key stores of Java as Python reads them, and nothing else.
fn pyjks(samples: &Samples, reader: Reader) {
    const READ: &str = "import sys, base64, jks
from cryptography.hazmat.primitives.serialization import *
for number, path in enumerate(sys.argv[2:]):
    print('===', number)
    store = jks.KeyStore.load(path, sys.argv[1])
    shown = []
    for alias, entry in store.private_keys.items():
        key = load_der_private_key(entry.pkey_pkcs8, None).public_key()
        print(alias)
        shown.append(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
        shown.extend(der for kind, der in entry.cert_chain)
    for alias, entry in store.certs.items():
        print(alias)
        shown.append(entry.cert)
    for each in shown:
        print(base64.b64encode(each).decode())
";
    let read = read_by(samples, reader);
    let outcome = Call::python("python3", ["-c", READ, PASSWORD])
        .args(read.iter().map(|sample| &sample.path))
        .succeeds();
    for (sample, shown) in read.iter().zip(parts(&read, &outcome)) {
        sample.assert_seen(&shown);
    }
}
