//! Certificates that our own CA does not issue: expired, of the wrong kind, under intermediates, with
//! RSA keys. OpenSSL makes them.
//!
//! Invariant: keys are made at once (on curves, small RSA) or come from a fixture (RSA).

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::call::Call;
use crate::folder;

/// A folder of certificates and keys, each a pair of files `NAME.pem` and `NAME.key`.
#[derive(Debug)]
pub struct Pki {
    folder: TempDir,
}

/// What a certificate is to be.
#[derive(Clone, Copy, Debug)]
pub struct Wish<'a> {
    /// Name of its files, and its common name.
    pub name: &'a str,
    /// Name of the files of its issuer; its own for a root.
    pub issuer: &'a str,
    /// Its extensions, one in each line, as OpenSSL writes them.
    pub extensions: &'a str,
    /// Its first and its last moment.
    pub validity: Validity,
    /// Its key.
    pub key: Key,
}

/// When a certificate is valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Validity {
    /// From 2020 to 2099.
    Now,
    /// In the year 2020.
    Over,
    /// In the year 2090, and after.
    ToCome,
}

/// The key of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// A new one on P-256.
    P256,
    /// A new one on P-384.
    P384,
    /// A new one on P-521.
    P521,
    /// A new one for Ed25519.
    Ed25519,
    /// The fixture, 2048 bits.
    Rsa,
    /// A new one of 1024 bits.
    SmallRsa,
}

/// Extensions of a CA.
pub const CA: &str = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n\
    subjectKeyIdentifier=hash";
/// Extensions of a host named `HOST_NAME`, server and client.
pub const HOST: &str = "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n\
    extendedKeyUsage=serverAuth,clientAuth\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n\
    subjectAltName=DNS:host.example.com";
/// The name in the certificates with the extensions [`HOST`].
pub const HOST_NAME: &str = "host.example.com";

const RSA_KEY: &str = include_str!("../../keystore/tests/fixtures/rsa_pkcs8.pem");
const CONFIG: &str = "[ca]\ndefault_ca=here\n[here]\ndatabase=index.txt\nnew_certs_dir=.\nrand_serial=yes\n\
    default_md=sha256\npolicy=any\nunique_subject=no\n[any]\ncommonName=supplied\n\
    [req]\ndistinguished_name=name\n[name]\n";

impl<'a> Wish<'a> {
    /// A root of its own, valid now, on P-256.
    #[must_use]
    pub fn root(name: &'a str) -> Self {
        Self {
            name,
            issuer: name,
            extensions: CA,
            validity: Validity::Now,
            key: Key::P256,
        }
    }

    /// A host certificate for [`HOST_NAME`], valid now, on P-256.
    #[must_use]
    pub fn host(name: &'a str, issuer: &'a str) -> Self {
        Self {
            name,
            issuer,
            extensions: HOST,
            validity: Validity::Now,
            key: Key::P256,
        }
    }
}

impl Pki {
    /// A folder with a root named `root`.
    #[track_caller]
    #[must_use]
    pub fn new() -> Self {
        let folder = folder::temporary();
        for (name, text) in [("config", CONFIG), ("index.txt", "")] {
            if let Err(error) = fs::write(folder.path().join(name), text) {
                panic!("cannot write {name}: {error}");
            }
        }
        let pki = Self { folder };
        pki.issue(Wish::root("root"));
        pki
    }

    #[track_caller]
    fn make_key(&self, algorithm: &str, option: &str, file: &str) {
        let words = ["genpkey", "-algorithm", algorithm, "-pkeyopt", option];
        self.openssl(&[&words[..], &["-out", file]].concat());
    }

    /// Issues a certificate.
    #[track_caller]
    pub fn issue(&self, wish: Wish<'_>) {
        let [key, csr, extensions, certificate] =
            ["key", "csr", "ext", "pem"].map(|end| format!("{}.{end}", wish.name));
        self.write(&extensions, wish.extensions);
        match wish.key {
            Key::Rsa => self.write(&key, RSA_KEY),
            Key::P256 => self.make_key("EC", "ec_paramgen_curve:P-256", &key),
            Key::P384 => self.make_key("EC", "ec_paramgen_curve:P-384", &key),
            Key::P521 => self.make_key("EC", "ec_paramgen_curve:P-521", &key),
            Key::Ed25519 => self.openssl(&["genpkey", "-algorithm", "ed25519", "-out", &key]),
            Key::SmallRsa => self.make_key("RSA", "rsa_keygen_bits:1024", &key),
        }
        let subject = format!("/CN={}", wish.name);
        self.openssl(&[
            "req", "-new", "-config", "config", "-key", &key, "-subj", &subject, "-out", &csr,
        ]);
        let (start, end) = match wish.validity {
            Validity::Now => ("20200101000000Z", "20991231235959Z"),
            Validity::Over => ("20200101000000Z", "20201231235959Z"),
            Validity::ToCome => ("20900101000000Z", "20991231235959Z"),
        };
        let mut words = vec![
            "ca",
            "-batch",
            "-notext",
            "-config",
            "config",
            "-startdate",
            start,
            "-enddate",
            end,
            "-extfile",
            &extensions,
            "-in",
            &csr,
            "-out",
            &certificate,
        ];
        let issuer = [
            format!("{}.pem", wish.issuer),
            format!("{}.key", wish.issuer),
        ];
        if wish.name == wish.issuer {
            words.extend(["-selfsign", "-keyfile", &key]);
        } else {
            words.extend(["-cert", &issuer[0], "-keyfile", &issuer[1]]);
        }
        self.openssl(&words);
    }

    /// The certificate with this name.
    #[must_use]
    pub fn certificate(&self, name: &str) -> PathBuf {
        self.path(&format!("{name}.pem"))
    }

    /// The key of the certificate with this name.
    #[must_use]
    pub fn key(&self, name: &str) -> PathBuf {
        self.path(&format!("{name}.key"))
    }

    /// A file in the folder.
    #[must_use]
    pub fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    /// Writes the certificates with these names into one file, in this order.
    #[track_caller]
    pub fn bundle(&self, file: &str, names: &[&str]) -> PathBuf {
        let texts = names.iter().map(|name| {
            let path = self.certificate(name);
            fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
        });
        let text: String = texts.collect();
        self.write(file, &text);
        self.path(file)
    }

    /// The folder.
    #[must_use]
    pub fn dir(&self) -> &Path {
        self.folder.path()
    }

    #[track_caller]
    fn write(&self, file: &str, text: &str) {
        let path = self.path(file);
        // A key that everybody may read would be a finding.
        let private = fs::Permissions::from_mode(0o600);
        let written = fs::write(&path, text).and_then(|()| fs::set_permissions(&path, private));
        if let Err(error) = written {
            panic!("{}: {error}", path.display());
        }
    }

    #[track_caller]
    fn openssl(&self, words: &[&str]) {
        Call::foreign("openssl", words)
            .within(self.dir())
            .succeeds();
    }
}

impl Default for Pki {
    fn default() -> Self {
        Self::new()
    }
}
