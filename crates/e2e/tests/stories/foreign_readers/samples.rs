//! A file of every form for every kind of key, and what is in it.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use trustpack_e2e::ca::{HostFiles, TestCa, newest};
use trustpack_e2e::call::Call;
use trustpack_e2e::folder;
use trustpack_e2e::formats::{FORMS, Form, KEYS, KeyKind};

/// The password of what has one.
pub(super) const PASSWORD: &str = "changeit";

/// The files, in a folder that goes away with them.
pub(super) struct Samples {
    pub(super) all: Vec<Sample>,
    folder: TempDir,
    root: TestCa,
}

/// One file.
#[derive(Clone, Debug)]
pub(super) struct Sample {
    pub(super) form: Form,
    pub(super) key: KeyKind,
    pub(super) path: PathBuf,
    /// With which it is opened.
    pub(super) password: &'static str,
    /// The name of the entry with the key, in a store.
    pub(super) alias: String,
    /// The certificate of the host.
    pub(super) certificate: PathBuf,
    /// What is in it.
    holds: Holds,
}

/// What a reader of a file must have seen.
#[derive(Clone, Debug, Default)]
struct Holds {
    /// Certificates.
    certificates: Vec<Shown>,
    /// The public key of a private one, in base64.
    public_key: Option<String>,
    /// Serials of a list.
    serials: Vec<String>,
    words: Vec<String>,
}

/// How a certificate can be shown.
#[derive(Clone, Debug)]
struct Shown {
    base64: String,
    /// SHA-256, in lower-case hexadecimal without colons.
    fingerprint: String,
}

/// What is known of a host, or of a CA, before it is written in all forms.
struct Known {
    certificate: Shown,
    public_key: String,
}

impl Samples {
    /// Makes them: hosts with each kind of key under an intermediate CA.
    #[track_caller]
    pub(super) fn make() -> Self {
        let root = TestCa::with(&["--key", "rsa-2048"]);
        let folder = folder::temporary();
        let mut samples = Self {
            all: Vec::new(),
            folder,
            root,
        };
        fs::write(samples.path("password"), PASSWORD).unwrap();
        let sub = samples.path("sub");
        trustpack("ca sub Sub --key ecdsa-p256 --ca")
            .arg(samples.root.dir())
            .arg("--out")
            .arg(&sub)
            .succeeds();
        for key in KEYS {
            let host = format!("{}.example.com", key.word());
            trustpack("cert issue --key")
                .args([key.word(), &host, "--ca"])
                .arg(&sub)
                .succeeds();
            let files = newest(&sub, &host);
            for form in FORMS.into_iter().filter(|form| form.is_made_for(key)) {
                samples.add(form, key, &host, &files);
            }
        }
        samples
    }

    /// A file in their folder, there or not.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Makes one file.
    fn add(&mut self, form: Form, key: KeyKind, host: &str, files: &HostFiles) {
        let path = self.path(&format!("{}.{form:?}", key.word()));
        self.write(form, key, files, &path);
        let password = if matches!(form, Form::HostPfx | Form::TrustPfx) {
            ""
        } else {
            PASSWORD
        };
        self.all.push(Sample {
            form,
            key,
            path,
            password,
            alias: host.to_owned(),
            certificate: files.ledger_copy.clone(),
            holds: self.holds(form, host, files),
        });
    }

    #[track_caller]
    fn write(&self, form: Form, key: KeyKind, files: &HostFiles, path: &Path) {
        let sub = self.path("sub/ca_conf");
        let copy = |from: &Path| {
            fs::copy(from, path).unwrap();
        };
        let convert = |from: &Path, options: &str| {
            trustpack("cert convert")
                .args([from, path])
                .args(options.split_whitespace())
                .succeeds();
        };
        let key_convert = |options: &str| {
            trustpack("key convert")
                .args([&files.key, path])
                .args(options.split_whitespace())
                .succeeds();
        };
        let encrypt = |options: &str| {
            let password = self.path("password");
            let password = password.display();
            key_convert(&format!(
                "{options} --encrypt --out-password-file {password}"
            ));
        };
        let traditional = format!("--format {}", key.traditional().unwrap_or("pkcs8"));
        let store = |options: &str| self.store(files, path, options);
        match form {
            Form::CertificatePem => copy(&files.ledger_copy),
            Form::CertificateDer => convert(&files.ledger_copy, "--to der"),
            Form::ChainPem => copy(&files.certificate),
            Form::Pkcs7 => convert(&files.certificate, "--to pkcs7"),
            Form::KeyPem => copy(&files.key),
            Form::KeyDer => convert(&files.key, "--to der"),
            Form::KeyEncrypted => encrypt(""),
            Form::KeyEncryptedLegacy => encrypt("--legacy"),
            Form::KeyTraditional => key_convert(&traditional),
            Form::KeyTraditionalDer => key_convert(&format!("{traditional} --der")),
            Form::KeyTraditionalEncrypted => encrypt(&traditional),
            Form::Pkcs12 => store("--to pkcs12"),
            Form::Pkcs12Legacy => store("--to pkcs12 --legacy"),
            Form::Jks => store("--to jks"),
            Form::HostPfx => copy(&files.pfx),
            Form::TrustPfx => copy(&sub.join("ca_cert.pfx")),
            Form::CrlPem => self.list(path),
            Form::CrlDer => convert(&self.path("rsa-2048.CrlPem"), "--to der"),
            Form::RequestPem => {
                let host = format!("{}.request.example.com", key.word());
                trustpack("cert request --key-file")
                    .arg(&files.key)
                    .arg(&host)
                    .arg("--out")
                    .arg(self.folder.path())
                    .succeeds();
                copy(&self.path(&format!("{}_request.pem", key.word())));
            }
            Form::RequestDer => {
                let pem = self.path(&format!("{}.RequestPem", key.word()));
                convert(&pem, "--to der");
            }
        }
    }

    /// A store with the key of a host, its chain and the trusted root.
    #[track_caller]
    fn store(&self, files: &HostFiles, path: &Path, options: &str) {
        trustpack("store create")
            .args([path, &files.key, &files.certificate])
            .arg("--trusted")
            .arg(self.root.conf("ca_cert.pem"))
            .arg("--password-file")
            .arg(self.path("password"))
            .args(options.split(' '))
            .succeeds();
    }

    /// The list of the intermediate CA, on which is a certificate of its own.
    #[track_caller]
    fn list(&self, path: &Path) {
        let sub = self.path("sub");
        trustpack("cert issue revoked.example.com --key ecdsa-p256 --ca")
            .arg(&sub)
            .succeeds();
        let revoked = newest(&sub, "revoked.example.com").serial;
        trustpack("cert revoke --reason superseded --crl --ca")
            .args([sub.as_os_str(), revoked.as_ref()])
            .succeeds();
        fs::copy(sub.join("ca_conf/crl.pem"), path).unwrap();
    }

    fn holds(&self, form: Form, host: &str, files: &HostFiles) -> Holds {
        let root = Known::of(&self.root.conf("ca_cert.pem"));
        let sub = Known::of(&self.path("sub/ca_conf/ca_cert.pem"));
        let known = Known::of(&files.ledger_copy);
        let certificates = match form {
            Form::CertificatePem | Form::CertificateDer => vec![known.certificate],
            Form::ChainPem | Form::Pkcs7 | Form::HostPfx => {
                vec![known.certificate, sub.certificate]
            }
            Form::Pkcs12 | Form::Pkcs12Legacy | Form::Jks => {
                vec![known.certificate, sub.certificate, root.certificate]
            }
            Form::TrustPfx => vec![sub.certificate],
            Form::KeyPem
            | Form::KeyDer
            | Form::KeyEncrypted
            | Form::KeyEncryptedLegacy
            | Form::KeyTraditional
            | Form::KeyTraditionalDer
            | Form::KeyTraditionalEncrypted
            | Form::CrlPem
            | Form::CrlDer
            | Form::RequestPem
            | Form::RequestDer => Vec::new(),
        };
        let mut holds = Holds {
            certificates,
            public_key: form.has_key().then_some(known.public_key),
            ..Holds::default()
        };
        if matches!(form, Form::RequestPem | Form::RequestDer) {
            let host = host.replace("example", "request.example");
            holds.words.push(host);
        }
        if form == Form::Jks {
            holds.words.push(host.to_owned());
        }
        if matches!(form, Form::CrlPem | Form::CrlDer) {
            let revoked = newest(&self.path("sub"), "revoked.example.com");
            holds.serials.push(revoked.serial);
        }
        holds
    }
}

impl Known {
    #[track_caller]
    fn of(certificate: &Path) -> Self {
        let shown = |options: &[&str]| {
            Call::foreign("openssl", ["x509", "-in"])
                .arg(certificate)
                .args(options)
                .succeeds()
                .stdout
        };
        let fingerprint = shown(&["-noout", "-fingerprint", "-sha256"]);
        let fingerprint = fingerprint.rsplit('=').next().unwrap_or_default().trim();
        Self {
            certificate: Shown {
                base64: base64_of(&shown(&[])),
                fingerprint: fingerprint.replace(':', "").to_lowercase(),
            },
            public_key: base64_of(&shown(&["-noout", "-pubkey"])),
        }
    }
}

/// The base64 of the first PEM block.
fn base64_of(pem: &str) -> String {
    let lines = pem
        .lines()
        .skip_while(|line| !line.starts_with("-----BEGIN"));
    let inside = lines
        .skip(1)
        .take_while(|line| !line.starts_with("-----END"));
    inside.collect()
}

impl Sample {
    /// Whether the form is a store with a key.
    pub(super) fn is_key_store(&self) -> bool {
        matches!(
            self.form,
            Form::Pkcs12 | Form::Pkcs12Legacy | Form::HostPfx | Form::Jks
        )
    }

    /// Whether it needs a password, be it the empty one.
    pub(super) fn is_locked(&self) -> bool {
        let key = matches!(
            self.form,
            Form::KeyEncrypted | Form::KeyEncryptedLegacy | Form::KeyTraditionalEncrypted
        );
        key || self.form == Form::TrustPfx || self.is_key_store()
    }

    /// Fails unless a program has printed all that is in the file, in whatever lines.
    #[track_caller]
    pub(super) fn assert_seen(&self, printed: &str) {
        let one_line: String = printed.split_whitespace().collect();
        let hexadecimal = one_line.replace(':', "").to_lowercase();
        for each in self.holds.public_key.iter().chain(&self.holds.words) {
            assert!(
                one_line.contains(each),
                "{each} is not shown of {self:?}: {printed}"
            );
        }
        for each in &self.holds.certificates {
            assert!(
                one_line.contains(&each.base64) || hexadecimal.contains(&each.fingerprint),
                "{each:?} is not shown of {self:?}: {printed}"
            );
        }
        for serial in &self.holds.serials {
            assert!(
                hexadecimal.contains(&serial.to_lowercase()),
                "the serial {serial} is not shown of {self:?}: {printed}"
            );
        }
    }
}

fn trustpack(words: &str) -> Call {
    Call::trustpack(words.split(' '))
}
