//! Where each file of a CA directory is.
//!
//! Paths come from `ca.conf`; what that does not name, or names where nothing is, from where the
//! files are: in `ca_conf`, or beside it. Invariant: every path starts with the directory that was
//! given: a `ca.conf` that came with a folder from elsewhere reaches no file outside of it.

use std::path::{Component, Path, PathBuf};

use trustpack_x509::serial::Serial;

use crate::durable::{self, Doing, FileError};
use crate::openssl_conf::OpensslConf;
use crate::repair::kept::KeptFolder;
use crate::retired::names::KeyId;

/// The folder with the CA's own files; its presence makes a folder a CA directory.
pub(crate) const CA_CONF: &str = "ca_conf";
/// The folder with what was issued.
pub(crate) const REPOSITORY: &str = "repository";
/// The folder with what is kept of keys that were replaced.
pub(crate) const RETIRED: &str = "retired";
/// The folder with the CA's certificates in whose place others of the same key were put.
pub(crate) const RENEWED: &str = "renewed";
/// The folder with what was mended, as it was.
pub(crate) const MENDED: &str = "mended";
/// The folder that is there during a change only.
pub(crate) const PENDING: &str = ".pending";
/// Names inside `ca_conf`.
pub(crate) const CERTIFICATE: &str = "ca_cert.pem";
pub(crate) const TRUST_STORE: &str = "ca_cert.pfx";
pub(crate) const PRIVATE_KEY: &str = "ca_priv_key.pem";
pub(crate) const CHAIN: &str = "ca_chain.pem";
pub(crate) const LEDGER: &str = "ca.db";
pub(crate) const LEDGER_ATTRIBUTES: &str = "ca.db.attr";
/// What OpenSSL puts behind the name of the ledger.
const LEDGER_ATTRIBUTES_END: &str = ".attr";
pub(crate) const SERIAL: &str = "serial.num";
pub(crate) const CRL_NUMBER: &str = "crl_number";
pub(crate) const CRL: &str = "crl.pem";
pub(crate) const CONFIG: &str = "ca.conf";

/// The paths of one CA directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// The CA directory itself.
    pub dir: PathBuf,
    /// Its `ca_conf`, which is also what is locked.
    pub ca_conf: PathBuf,
    /// The CA certificate.
    pub certificate: PathBuf,
    /// The CA certificate as PKCS#12.
    pub trust_store: PathBuf,
    /// The CA private key.
    pub private_key: PathBuf,
    /// The certificates above, in an intermediate CA.
    pub chain: PathBuf,
    /// The ledger.
    pub ledger: PathBuf,
    /// The serial of the next certificate.
    pub serial: PathBuf,
    /// The number of the next CRL.
    pub crl_number: PathBuf,
    /// The newest CRL.
    pub crl: PathBuf,
    /// The OpenSSL configuration; not there in a folder without one.
    pub config: PathBuf,
    /// The folder with what was issued.
    pub repository: PathBuf,
}

impl Layout {
    /// The layout of a folder that is made anew.
    pub(crate) fn new(dir: &Path) -> Self {
        let ca_conf = dir.join(CA_CONF);
        Self {
            dir: dir.to_path_buf(),
            certificate: ca_conf.join(CERTIFICATE),
            trust_store: ca_conf.join(TRUST_STORE),
            private_key: ca_conf.join(PRIVATE_KEY),
            chain: ca_conf.join(CHAIN),
            ledger: ca_conf.join(LEDGER),
            serial: ca_conf.join(SERIAL),
            crl_number: ca_conf.join(CRL_NUMBER),
            crl: ca_conf.join(CRL),
            config: ca_conf.join(CONFIG),
            repository: dir.join(REPOSITORY),
            ca_conf,
        }
    }

    /// Finds the files of a folder that is there.
    pub(crate) fn find(dir: &Path) -> Result<Self, FileError> {
        let inside = Self::new(dir);
        let ca_conf = &inside.ca_conf;
        let in_or_beside = |name: &str| {
            let [inside, beside] = [ca_conf.join(name), dir.join(name)];
            if !inside.exists() && beside.exists() {
                beside
            } else {
                inside
            }
        };
        let config = in_or_beside(CONFIG);
        let conf = durable::read_if_there(&config)?
            .map(|text| OpensslConf::read(&String::from_utf8_lossy(&text)))
            .unwrap_or_default();
        let section = conf.get("ca", "default_ca").unwrap_or("ca").to_owned();
        let named = |key: &str, found: PathBuf| -> Result<PathBuf, FileError> {
            let Some(value) = conf.get(&section, key) else {
                return Ok(found);
            };
            match inside_path(dir, value) {
                Some(path) if path.exists() || !found.exists() => Ok(path),
                // A folder that was moved: its files are where they always are.
                Some(_) => Ok(found),
                None if found.exists() && !Path::new(value).exists() => Ok(found),
                None => Err(outside(key, value, dir)),
            }
        };
        Ok(Self {
            certificate: named("certificate", in_or_beside(CERTIFICATE))?,
            trust_store: in_or_beside(TRUST_STORE),
            private_key: named("private_key", in_or_beside(PRIVATE_KEY))?,
            chain: in_or_beside(CHAIN),
            ledger: named("database", in_or_beside(LEDGER))?,
            serial: named("serial", in_or_beside(SERIAL))?,
            crl_number: named("crlnumber", in_or_beside(CRL_NUMBER))?,
            crl: named("crl", in_or_beside(CRL))?,
            repository: named("new_certs_dir", inside.repository.clone())?,
            config,
            ..inside
        })
    }

    /// The folder that is there during a change.
    pub(crate) fn pending(&self) -> PathBuf {
        self.ca_conf.join(PENDING)
    }

    /// The folder with what is kept of a key that was replaced.
    #[must_use]
    pub fn retired(&self, key: &KeyId) -> PathBuf {
        self.ca_conf.join(RETIRED).join(key.to_string())
    }

    /// The folder with the CA's own certificates that were renewed.
    #[must_use]
    pub fn renewed(&self) -> PathBuf {
        self.ca_conf.join(RENEWED)
    }

    /// The folder with what was mended at one time, as it was.
    pub(crate) fn mended(&self, folder: &KeptFolder) -> PathBuf {
        self.ca_conf.join(MENDED).join(folder.to_string())
    }

    /// What OpenSSL keeps beside the ledger: whether it takes each subject once only.
    pub(crate) fn ledger_attributes(&self) -> PathBuf {
        let mut name = self.ledger.clone().into_os_string();
        name.push(LEDGER_ATTRIBUTES_END);
        name.into()
    }

    /// The copy of a certificate that the ledger names.
    #[must_use]
    pub fn ledger_copy(&self, serial: &Serial) -> PathBuf {
        self.repository.join(ledger_copy_name(serial))
    }
}

/// The name of the copy of a certificate that the ledger names.
pub(crate) fn ledger_copy_name(serial: &Serial) -> String {
    format!("{serial}.pem")
}

/// A path of a configuration, relative to `dir`, if that is where it leads; `./x` is written `x`.
///
/// Decided by the words of the path: a link inside the folder is its owner's doing.
pub(crate) fn inside_path(dir: &Path, value: &str) -> Option<PathBuf> {
    let mut path = Path::new(value);
    // The absolute path of the very folder, written out or through links.
    let real = dir.canonicalize().ok();
    if path.is_absolute() {
        path = [Some(dir), real.as_deref()]
            .into_iter()
            .flatten()
            .find_map(|dir| path.strip_prefix(dir).ok())?;
    }
    let mut relative = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::Normal(name) => relative.push(name),
            // Also where it would come back: what `a/..` is, only the file system can tell.
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(dir.join(relative))
}

fn outside(key: &str, value: &str, dir: &Path) -> FileError {
    let text = format!(
        "ca.conf names it as {key}, and it is outside the CA directory {}; a folder is worked on with its own files only",
        dir.display()
    );
    FileError::new(Doing::Use, Path::new(value), std::io::Error::other(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[track_caller]
    fn check(files: &[&str], conf: &str, want: [&str; 3]) {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path();
        fs::create_dir(dir.join("ca_conf")).unwrap();
        for file in files {
            fs::write(dir.join(file), "").unwrap();
        }
        if !conf.is_empty() {
            fs::write(dir.join("ca_conf/ca.conf"), conf).unwrap();
        }
        let layout = Layout::find(dir).unwrap();
        let [ledger, key, repository] = want.map(|path| dir.join(path));
        assert_eq!((layout.ledger, layout.private_key), (ledger, key));
        assert_eq!(layout.repository, repository);
    }

    #[test]
    fn finds_files_in_and_beside_ca_conf() {
        let standard = ["ca_conf/ca.db", "ca_conf/ca_priv_key.pem", "repository"];
        check(&[], "", standard);
        check(&["ca_conf/ca.db", "ca_conf/ca_priv_key.pem"], "", standard);
        check(
            &["ca.db", "ca_priv_key.pem"],
            "",
            ["ca.db", "ca_priv_key.pem", "repository"],
        );
        check(&["ca.db", "ca_conf/ca.db"], "", standard);
    }

    #[test]
    fn the_configuration_reaches_nothing_outside() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("ca");
        fs::create_dir_all(dir.join("ca_conf")).unwrap();
        fs::write(folder.path().join("other"), "").unwrap();
        let find = |value: &str| {
            let conf = format!("[ca]\ndefault_ca=x\n[x]\ndatabase={value}\n");
            fs::write(dir.join("ca_conf/ca.conf"), conf).unwrap();
            Layout::find(&dir).map(|layout| layout.ledger)
        };
        for outside in [
            "/etc/passwd",
            "../other",
            "ca_conf/../../other",
            "./../ca/ca_conf/ca.db",
        ] {
            let message = find(outside).unwrap_err().to_string();
            assert!(message.contains(outside), "{message}");
        }
        let inside = dir.join("ca_conf/index.txt");
        let absolute = inside.display().to_string();
        assert_eq!(find(&absolute).unwrap(), inside);
        // A folder that was moved.
        fs::write(dir.join("ca_conf/ca.db"), "").unwrap();
        let moved = find("/nonexistent/ca/index.txt").unwrap();
        assert_eq!(moved, dir.join("ca_conf/ca.db"));
    }

    #[test]
    fn what_the_configuration_names_goes_first() {
        let conf =
            "[ca]\ndefault_ca=x\n[x]\ndir=.\ndatabase=$dir/index.txt\nnew_certs_dir=$dir/certs\n";
        let key = "ca_conf/ca_priv_key.pem";
        check(&["index.txt", "ca.db"], conf, ["index.txt", key, "certs"]);
        check(&["ca.db"], conf, ["ca.db", key, "certs"]);
    }
}
