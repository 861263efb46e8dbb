//! The files of an adopted certificate: named as those of a CA directory, all of them or none.

use std::fs;
use std::path::Path;

use serde::Serialize;
use trustpack_ca::host::HostName;
use trustpack_keystore::limited_file::{self, Accepted};
use trustpack_keystore::password::Password;
use trustpack_keystore::pem::{
    certificates_to_pem, private_key_to_pem, read_certificates, read_private_key,
};
use trustpack_keystore::pkcs12::{self, Encryption};
use trustpack_keystore::placing::Written;
use trustpack_keystore::private_file::{self, PrivateMode};
use trustpack_keystore::private_key::PrivateKey;
use trustpack_keystore::public_file::{self, PublicMode};
use trustpack_x509::certificate::Certificate;
use zeroize::Zeroizing;

use crate::contents_file::MAX_FILE;
use crate::failure::{Failure, message};
use crate::output::{Output, Printed};

/// What will be written.
pub(super) struct Adopted {
    files: Vec<NewFile>,
}

/// One file, not yet written.
struct NewFile {
    name: String,
    contents: Zeroizing<Vec<u8>>,
    kind: Kind,
}

/// What a file is, which decides who may read it and whether it may be there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Certificate,
    Key,
    Pfx,
    Trusted,
    TrustedPfx,
}

/// Where the files are.
#[derive(Debug, Serialize)]
pub(super) struct FilesJson {
    certificate: String,
    key: String,
    pfx: String,
    trusted: String,
    trusted_pfx: String,
}

impl Adopted {
    /// The files of `path`: the certificate, its intermediate authorities, the trusted one.
    pub(super) fn new(
        path: &[Certificate],
        key: &PrivateKey,
        host: &HostName,
        password: &Password,
    ) -> Result<Self, Failure> {
        let (Some(leaf), Some(root)) = (path.first(), path.last()) else {
            return Err(Failure::request(message("there is no certificate")));
        };
        let sent = path.get(..path.len().saturating_sub(1).max(1));
        let stem = format!("{}_{}", leaf.serial(), host.label());
        let pfx = pkcs12::write_key_store(key, path, password, Encryption::Legacy)
            .map_err(Failure::request)?;
        let trusted = std::slice::from_ref(root);
        let trusted_pfx = pkcs12::write_trust_store(trusted).map_err(Failure::request)?;
        let file = |name: String, contents: Vec<u8>, kind: Kind| NewFile {
            name,
            contents: Zeroizing::new(contents),
            kind,
        };
        let chain = certificates_to_pem(sent.unwrap_or_default());
        let key_pem = private_key_to_pem(key).as_bytes().to_vec();
        let adopted = Self {
            files: vec![
                file(format!("{stem}_cert.pem"), chain.into(), Kind::Certificate),
                file(format!("{stem}_priv_key.pem"), key_pem, Kind::Key),
                file(format!("{stem}_cert.pfx"), pfx, Kind::Pfx),
                file(
                    "ca_cert.pem".into(),
                    certificates_to_pem(trusted).into(),
                    Kind::Trusted,
                ),
                file("ca_cert.pfx".into(), trusted_pfx, Kind::TrustedPfx),
            ],
        };
        adopted.refuse_wrong_contents(path, key, password)?;
        Ok(adopted)
    }

    /// Reads what will be written, as others will read the files.
    fn refuse_wrong_contents(
        &self,
        path: &[Certificate],
        key: &PrivateKey,
        password: &Password,
    ) -> Result<(), Failure> {
        let is_own = |read: &PrivateKey| read.public_key() == key.public_key();
        let leaf = path.first();
        let wrong = self.files.iter().find(|file| {
            let contents = &file.contents;
            let good = match file.kind {
                Kind::Certificate => {
                    read_certificates(contents).is_ok_and(|read| read.first() == leaf)
                }
                Kind::Trusted => {
                    read_certificates(contents).is_ok_and(|read| read.first() == path.last())
                }
                Kind::Key => read_private_key(contents, None).is_ok_and(|read| is_own(&read)),
                Kind::Pfx => pkcs12::read(contents, password).is_ok_and(|read| {
                    read.key.as_ref().is_some_and(is_own) && read.certificates == path
                }),
                Kind::TrustedPfx => pkcs12::read(contents, &Password::empty()).is_ok_and(|read| {
                    read.key.is_none() && read.certificates.first() == path.last()
                }),
            };
            !good
        });
        match wrong {
            Some(file) => Err(Failure::request(message(format!(
                "{} would not hold what belongs into it",
                file.name
            )))),
            None => Ok(()),
        }
    }

    /// Writes them into `folder`; when one cannot be written, none is left.
    pub(super) fn write(&self, folder: &Path, mode: PrivateMode) -> Result<FilesJson, Failure> {
        let mut to_write = Vec::new();
        for file in &self.files {
            let path = folder.join(&file.name);
            if path.symlink_metadata().is_err() {
                to_write.push((path, file));
            } else if !file.is_there(&path) {
                let text = format!(
                    "{} is there already; nothing is overwritten",
                    path.display()
                );
                return Err(
                    Failure::request(message(text)).hint("choose another folder with --out")
                );
            }
        }
        let mut written: Vec<Written> = Vec::new();
        for (path, file) in &to_write {
            match file.write(path, mode) {
                Ok(file) => written.push(file),
                // Another command came first, with the same authority.
                Err(_) if file.is_there(path) => {}
                Err(failure) => {
                    // What went wrong is told; what we made before it belongs to nobody.
                    for file in written {
                        drop(fs::remove_file(file.path()));
                    }
                    return Err(failure);
                }
            }
        }
        let shown = |kind: Kind| {
            let file = self.files.iter().find(|file| file.kind == kind);
            file.map_or_else(String::new, |file| {
                folder.join(&file.name).display().to_string()
            })
        };
        Ok(FilesJson {
            certificate: shown(Kind::Certificate),
            key: shown(Kind::Key),
            pfx: shown(Kind::Pfx),
            trusted: shown(Kind::Trusted),
            trusted_pfx: shown(Kind::TrustedPfx),
        })
    }
}

impl NewFile {
    /// Whether the file with the trusted authority, which many certificates share, is the same.
    fn is_there(&self, path: &Path) -> bool {
        let Ok(there) = limited_file::read(path, MAX_FILE, Accepted::RegularFiles) else {
            return false;
        };
        let there = there.bytes;
        match self.kind {
            Kind::Trusted => *there == *self.contents,
            // Its MAC has a salt: the contents count.
            Kind::TrustedPfx => {
                let [there, new] = [&*there, &*self.contents].map(|file| {
                    pkcs12::read(file, &Password::empty()).map(|read| read.certificates)
                });
                new.is_ok() && new == there
            }
            Kind::Certificate | Kind::Key | Kind::Pfx => false,
        }
    }

    /// One that is there by now stays.
    fn write(&self, path: &Path, mode: PrivateMode) -> Result<Written, Failure> {
        match self.kind {
            Kind::Key | Kind::Pfx => private_file::create(path, &self.contents, mode),
            Kind::Certificate | Kind::Trusted | Kind::TrustedPfx => {
                public_file::create(path, &self.contents, PublicMode::ByUmask)
            }
        }
        .map_err(Failure::request)
    }
}

impl FilesJson {
    /// The paths, for people.
    pub(super) fn write_lines(&self, out: &mut Output) -> Printed {
        writeln!(out, "certificate  {}", self.certificate)?;
        writeln!(out, "private key  {}", self.key)?;
        writeln!(out, "both, PKCS#12  {}", self.pfx)?;
        writeln!(out, "trusted CA  {}", self.trusted)?;
        writeln!(out, "the same for Windows and Java  {}", self.trusted_pfx)
    }
}
