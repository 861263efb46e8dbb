//! NSS: `certutil` and `pk12util` with a database, `nss-pp` without.

use std::path::Path;

use trustpack_e2e::call::{Call, Outcome};
use trustpack_e2e::folder;
use trustpack_e2e::formats::{Form, Reader};

use super::openssl_and_gnutls::public_key_of_request;
use super::samples::{Sample, Samples};
use super::{failed_by, read_by};

/// A database of certificates and keys, without a password.
struct Database(tempfile::TempDir);

impl Database {
    #[track_caller]
    fn new() -> Self {
        let database = Self(folder::temporary());
        database.certutil("-N --empty-password").succeeds();
        database
    }

    fn place(&self) -> String {
        format!("sql:{}", self.0.path().display())
    }

    fn certutil(&self, words: &str) -> Call {
        Call::foreign("certutil", ["-d", &self.place()]).args(words.split(' '))
    }

    fn import_certificate(&self, sample: &Sample) -> Call {
        self.certutil("-A -n imported -t ,, -i").arg(&sample.path)
    }

    fn import(&self, sample: &Sample) -> Call {
        Call::foreign("pk12util", ["-d", &self.place(), "-K", "", "-i"])
            .arg(&sample.path)
            .args(["-W", sample.password])
    }
}

pub(super) fn read(samples: &Samples, reader: Reader) {
    for sample in read_by(samples, reader) {
        sample.assert_seen(&shown(sample));
    }
    for sample in failed_by(samples, reader) {
        let database = Database::new();
        let call = if sample.form.has_key() {
            database.import(sample)
        } else {
            database.import_certificate(sample)
        };
        let imported = call.run();
        assert!(
            !imported.status.success(),
            "the table says that this fails: {imported}"
        );
    }
}

#[track_caller]
fn shown(sample: &Sample) -> String {
    let pretty = |words: &str| pretty(words, &sample.path).stdout;
    match sample.form {
        Form::CertificatePem | Form::CertificateDer => imported_certificate(sample),
        Form::Pkcs7 => pretty("pkcs7"),
        Form::Pkcs12 | Form::Pkcs12Legacy | Form::HostPfx => imported_key(sample),
        Form::TrustPfx => {
            let database = Database::new();
            database.import(sample).succeeds();
            nicknames(&database)
                .iter()
                .map(|name| in_pem(&database, name))
                .collect()
        }
        Form::CrlPem => pretty("crl -a"),
        Form::CrlDer => pretty("crl"),
        Form::RequestPem => pretty("certificate-request -a"),
        Form::RequestDer => pretty("certificate-request"),
        Form::ChainPem
        | Form::KeyPem
        | Form::KeyDer
        | Form::KeyEncrypted
        | Form::KeyEncryptedLegacy
        | Form::KeyTraditional
        | Form::KeyTraditionalDer
        | Form::KeyTraditionalEncrypted
        | Form::Jks => unreachable!("the table says that it has no way"),
    }
}

#[track_caller]
fn pretty(words: &str, file: &Path) -> Outcome {
    Call::foreign("nss-pp", ["-t"])
        .args(words.split(' '))
        .arg("-i")
        .arg(file)
        .succeeds()
}

#[track_caller]
fn imported_certificate(sample: &Sample) -> String {
    let database = Database::new();
    database.import_certificate(sample).succeeds();
    in_pem(&database, "imported")
}

/// The certificates that came with a key, and the public key of a request that NSS signs with it.
#[track_caller]
fn imported_key(sample: &Sample) -> String {
    let database = Database::new();
    database.import(sample).succeeds();
    let mut shown = String::new();
    for name in nicknames(&database) {
        shown += &in_pem(&database, &name);
    }
    let request = database.0.path().join("request");
    database
        .certutil("-R -a -s CN=x -k")
        .arg(&sample.alias)
        .arg("-o")
        .arg(&request)
        .succeeds();
    shown + &public_key_of_request(&request)
}

#[track_caller]
fn in_pem(database: &Database, name: &str) -> String {
    let call = database.certutil("-L -a -n").arg(name);
    call.succeeds().stdout
}

/// Names of the certificates in the database: what stands before the last word of a line.
#[track_caller]
fn nicknames(database: &Database) -> Vec<String> {
    let listed = database.certutil("-L").succeeds().stdout;
    listed
        .lines()
        .filter(|line| line.contains(','))
        .filter_map(|line| line.trim_end().rsplit_once(' '))
        .map(|(name, _)| name.trim().to_owned())
        .filter(|name| !name.is_empty())
        .collect()
}
