//! What kind of authority a folder holds, and where its files are.
//!
//! Looks at names and at `openssl` configurations, not at certificates. Invariant: what is found lies in
//! the folder, unless an option named it.

use std::fmt;
use std::path::{Path, PathBuf};

use trustpack_ca::crl_url::CrlUrl;
use trustpack_x509::algorithm::Digest;

use super::confined::{Confined, SourceError};
use super::openssl_source;
use crate::layout::{self, CA_CONF, Layout};
use crate::openssl_conf::OpensslConf;

/// The programs whose authorities are taken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceKind {
    /// `openssl ca`: a configuration with a section `ca`, or the folder `demoCA`.
    OpensslCa,
    /// A Security Pack folder, or one of ours.
    SecurityPack,
    /// Easy-RSA 3: the folder `pki`, or the one above it.
    EasyRsa,
    /// mkcert: the folder that `mkcert -CAROOT` names.
    Mkcert,
    /// minica.
    Minica,
    /// A certificate and a key, named one by one.
    Files,
}

/// Files that a person named: these are read wherever they are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NamedFiles {
    /// The CA certificate.
    pub certificate: Option<PathBuf>,
    /// Its private key.
    pub private_key: Option<PathBuf>,
    /// The certificates above it.
    pub chain: Option<PathBuf>,
    /// The configuration for `openssl ca`.
    pub config: Option<PathBuf>,
}

/// Where a file of the source is, and who says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SourceFile {
    /// In the folder: must lie there, links included.
    Inside(PathBuf),
    /// Wherever a person said.
    Named(PathBuf),
}

/// What was found of an authority.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) kind: SourceKind,
    pub(crate) certificate: SourceFile,
    pub(crate) private_key: SourceFile,
    pub(crate) chain: Option<SourceFile>,
    pub(crate) ledger: Option<PathBuf>,
    pub(crate) serial: Option<PathBuf>,
    pub(crate) crl_number: Option<PathBuf>,
    pub(crate) crl: Option<PathBuf>,
    /// What the source signs over by its own settings.
    pub(crate) digest: Option<Digest>,
    /// The folder with the keys that it replaced.
    pub(crate) replaced: Option<PathBuf>,
    /// Where its certificates say that its revocation lists are.
    pub(crate) crl_urls: Vec<CrlUrl>,
    pub(crate) issued: Vec<IssuedIn>,
    /// What is there and has no place in a CA directory of ours.
    pub(crate) not_taken: Vec<(PathBuf, &'static str)>,
}

/// Where certificates that were issued lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum IssuedIn {
    /// Certificates alone, whatever their names.
    Certificates(PathBuf),
    /// Certificates in one folder and keys of the same names in another.
    WithKeys {
        certificates: PathBuf,
        keys: PathBuf,
    },
    /// One folder for each host, with `cert.pem` and `key.pem`.
    HostFolders(PathBuf),
    /// `<name>.pem` and `<name>-key.pem` side by side.
    SideBySide(PathBuf),
    /// A repository like ours.
    Repository(PathBuf),
}

/// No authority was recognised.
#[derive(Debug, thiserror::Error)]
pub enum RecogniseError {
    /// A file.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// Nothing of any kind.
    #[error(
        "{} holds no authority that is known: no ca_conf, no configuration with a section [ca], no demoCA, \
         no pki/ca.crt, no rootCA.pem, no minica.pem or cacert.crt",
        folder.display()
    )]
    Unknown {
        /// The folder.
        folder: PathBuf,
    },
    /// A part of it is missing.
    #[error("{} looks like {kind}, but {} is missing", folder.display(), missing.display())]
    Missing {
        /// The folder.
        folder: PathBuf,
        /// What it looks like.
        kind: SourceKind,
        /// What is not there.
        missing: PathBuf,
    },
    /// A configuration names a file outside.
    #[error(
        "{} names {value} as {key}, which is outside {}; name the files yourself to take it over",
        config.display(), folder.display()
    )]
    NamedOutside {
        /// The configuration.
        config: PathBuf,
        /// The setting.
        key: &'static str,
        /// Its value.
        value: String,
        /// The folder that was given.
        folder: PathBuf,
    },
    /// A configuration without what it should have.
    #[error("{} has no section for openssl ca: {missing} is not in it", config.display())]
    NoCaSection {
        /// The configuration.
        config: PathBuf,
        /// What is missing.
        missing: String,
    },
    /// Neither a folder nor both files.
    #[error("a folder, or both a certificate and a key, must be named")]
    NothingNamed,
}

impl SourceKind {
    /// A word for it in machine-readable reports.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::OpensslCa => "openssl-ca",
            Self::SecurityPack => "security-pack",
            Self::EasyRsa => "easy-rsa",
            Self::Mkcert => "mkcert",
            Self::Minica => "minica",
            Self::Files => "files",
        }
    }
}

impl fmt::Display for SourceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OpensslCa => "an openssl ca folder",
            Self::SecurityPack => "a Security Pack folder",
            Self::EasyRsa => "an Easy-RSA folder",
            Self::Mkcert => "a mkcert folder",
            Self::Minica => "a minica folder",
            Self::Files => "a certificate and a key",
        })
    }
}

impl SourceFile {
    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        match self {
            Self::Inside(path) | Self::Named(path) => path,
        }
    }
}

/// Looks at a folder, and puts what a person named in place of what is in it.
pub(crate) fn recognise(
    source: Option<&Confined>,
    named: &NamedFiles,
) -> Result<Found, RecogniseError> {
    let files = |path: &Option<PathBuf>| path.clone().map(SourceFile::Named);
    let [certificate, key, chain] =
        [&named.certificate, &named.private_key, &named.chain].map(files);
    let found = match (source, &certificate, &key) {
        (Some(source), _, _) => in_folder(source, named),
        (None, Some(certificate), Some(key)) => Ok(Found::new(
            SourceKind::Files,
            certificate.clone(),
            key.clone(),
        )),
        (None, _, _) => Err(RecogniseError::NothingNamed),
    }?;
    let found = Found {
        certificate: certificate.unwrap_or(found.certificate),
        private_key: key.unwrap_or(found.private_key),
        chain: chain.or(found.chain),
        ..found
    };
    if let Some(source) = source {
        for file in [&found.certificate, &found.private_key] {
            if let SourceFile::Inside(path) = file
                && !path.exists()
            {
                return Err(RecogniseError::Missing {
                    folder: source.folder().to_path_buf(),
                    kind: found.kind,
                    missing: path.clone(),
                });
            }
        }
    }
    Ok(found)
}

fn in_folder(source: &Confined, named: &NamedFiles) -> Result<Found, RecogniseError> {
    if named.config.is_some() {
        return openssl_source::find(source, named)?.ok_or_else(|| RecogniseError::Unknown {
            folder: source.folder().to_path_buf(),
        });
    }
    let folder = source.folder();
    let kinds = [
        security_pack(source)?,
        easy_rsa(source),
        mkcert(source),
        minica(source),
    ];
    if let Some(found) = kinds.into_iter().flatten().next() {
        return Ok(found);
    }
    openssl_source::find(source, named)?.ok_or_else(|| RecogniseError::Unknown {
        folder: folder.to_path_buf(),
    })
}

impl Found {
    pub(crate) fn new(kind: SourceKind, certificate: SourceFile, private_key: SourceFile) -> Self {
        Self {
            kind,
            certificate,
            private_key,
            chain: None,
            ledger: None,
            serial: None,
            crl_number: None,
            crl: None,
            digest: None,
            replaced: None,
            crl_urls: Vec::new(),
            issued: Vec::new(),
            not_taken: Vec::new(),
        }
    }

    fn inside(kind: SourceKind, certificate: PathBuf, private_key: PathBuf) -> Self {
        Self::new(
            kind,
            SourceFile::Inside(certificate),
            SourceFile::Inside(private_key),
        )
    }

    /// Notes what is there and stays behind.
    fn leaving(mut self, paths: &[(PathBuf, &'static str)]) -> Self {
        for (path, why) in paths {
            // Two places of a program may be one here.
            let is_listed = self.not_taken.iter().any(|(listed, _)| listed == path);
            if path.exists() && !is_listed {
                self.not_taken.push((path.clone(), why));
            }
        }
        self
    }
}

/// A folder with `ca_conf`, and the CA certificate in or beside it.
fn security_pack(source: &Confined) -> Result<Option<Found>, RecogniseError> {
    let folder = source.folder();
    if !source.has(&folder.join(CA_CONF)) {
        return Ok(None);
    }
    let layout = Layout::find(folder).map_err(SourceError::from)?;
    if !source.has(&layout.certificate) {
        return Ok(None);
    }
    let config = source.read(&layout.config)?.unwrap_or_default();
    let conf = OpensslConf::read(&String::from_utf8_lossy(&config));
    let mut found = Found::inside(
        SourceKind::SecurityPack,
        layout.certificate.clone(),
        layout.private_key.clone(),
    )
    .leaving(&[
        (
            layout.config.clone(),
            "a new configuration for openssl ca is written; settings of one's own must be added to it again",
        ),
        (layout.pending(), "an interrupted change; run a command there first"),
    ]);
    found.replaced = Some(layout.ca_conf.join(layout::RETIRED));
    found.chain = Some(layout.chain)
        .filter(|path| path.exists())
        .map(SourceFile::Inside);
    found.ledger = Some(layout.ledger);
    found.serial = Some(layout.serial);
    found.crl_number = Some(layout.crl_number);
    found.crl = Some(layout.crl);
    (found.digest, found.crl_urls) = openssl_source::signing(&conf);
    found.issued = vec![IssuedIn::Repository(layout.repository)];
    Ok(Some(found))
}

fn easy_rsa(source: &Confined) -> Option<Found> {
    let folders = [source.folder().join("pki"), source.folder().to_path_buf()];
    let pki = folders.into_iter().find(|pki| {
        source.has(&pki.join("ca.crt"))
            && ["private", "issued", "certs_by_serial"]
                .iter()
                .any(|name| source.has(&pki.join(name)))
    })?;
    let at = |path: &str| pki.join(path);
    let with_keys = |certificates: &str, keys: &str| IssuedIn::WithKeys {
        certificates: at(certificates),
        keys: at(keys),
    };
    let mut found =
        Found::inside(SourceKind::EasyRsa, at("ca.crt"), at("private/ca.key")).leaving(&[
            (at("reqs"), "requests are not kept in a CA directory"),
            (
                at("openssl-easyrsa.cnf"),
                "the configuration of Easy-RSA; ca.conf takes its place",
            ),
            (at("vars"), "the settings of Easy-RSA"),
            (source.folder().join("vars"), "the settings of Easy-RSA"),
            (at("dh.pem"), "parameters that no current TLS program needs"),
        ]);
    found.ledger = Some(at("index.txt"));
    found.serial = Some(at("serial"));
    // Easy-RSA makes CRLs without a number of its own; the CRL on disk says where to go on.
    found.crl_number = Some(at("crlnumber"));
    found.crl = Some(at("crl.pem"));
    found.issued = vec![
        with_keys("issued", "private"),
        with_keys("renewed/issued", "renewed/private"),
        with_keys("revoked/certs_by_serial", "revoked/private_by_serial"),
        with_keys("renewed/certs_by_serial", "renewed/private_by_serial"),
        with_keys("expired", "private"),
        IssuedIn::Certificates(at("certs_by_serial")),
    ];
    Some(found)
}

fn mkcert(source: &Confined) -> Option<Found> {
    let at = |name: &str| source.folder().join(name);
    let certificate = at("rootCA.pem");
    source.has(&certificate).then(|| {
        let mut found = Found::inside(SourceKind::Mkcert, certificate, at("rootCA-key.pem"));
        found.issued = vec![IssuedIn::SideBySide(source.folder().to_path_buf())];
        found
    })
}

/// Two programs have this name. That of Let's Encrypt's people makes `minica.pem` and a folder for each host;
/// that of Debian makes `cacert.crt`, and certificates and keys side by side.
fn minica(source: &Confined) -> Option<Found> {
    let folder = source.folder();
    let at = |name: &str| folder.join(name);
    let beside = IssuedIn::WithKeys {
        certificates: folder.to_path_buf(),
        keys: folder.to_path_buf(),
    };
    let kinds = [
        (
            "minica.pem",
            "minica-key.pem",
            IssuedIn::HostFolders(folder.to_path_buf()),
        ),
        ("cacert.crt", "cakey.key", beside),
    ];
    let (certificate, key, issued) = kinds
        .into_iter()
        .find(|(certificate, _, _)| source.has(&at(certificate)))?;
    let mut found = Found::inside(SourceKind::Minica, at(certificate), at(key));
    found.issued = vec![issued];
    Some(found)
}
