//! What the commands about key stores, and `cert convert`, have in common: formats by name and by
//! ending, passwords of new files, and the way to a written store.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::Serialize;
use trustpack_keystore::contents::{Contents, Format};
use trustpack_keystore::password::Password;
use trustpack_keystore::pkcs12::{self, Encryption};
use trustpack_keystore::placing::Existing;
use trustpack_keystore::store::write::{self, StoreFormat};
use trustpack_keystore::store::{Alias, Store};
use zeroize::Zeroizing;

use super::issuing::Telling;
use crate::contents_file::{self, ContentsFile, Needed};
use crate::failure::{Failure, message};
use crate::output_file::{self, Secrecy};
use crate::password_prompt;
use crate::session::{self, Session};

/// The formats that are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Pem,
    Der,
    Pkcs7,
    Pkcs12,
    Jks,
}

impl Target {
    const ALL: [Self; 5] = [Self::Pem, Self::Der, Self::Pkcs7, Self::Pkcs12, Self::Jks];

    fn name(self) -> &'static str {
        match self {
            Self::Pem => "pem",
            Self::Der => "der",
            Self::Pkcs7 => "pkcs7",
            Self::Pkcs12 => "pkcs12",
            Self::Jks => "jks",
        }
    }

    /// What the ending of a file's name says; `.cer` may be two things and says nothing.
    fn of_ending(path: &Path) -> Option<Self> {
        let ending = path.extension()?.to_str()?.to_ascii_lowercase();
        Some(match ending.as_str() {
            "pem" | "crt" | "key" => Self::Pem,
            "der" => Self::Der,
            "p7b" | "p7c" => Self::Pkcs7,
            "p12" | "pfx" => Self::Pkcs12,
            "jks" | "ks" => Self::Jks,
            _other => return None,
        })
    }

    /// The format that was asked for, else the one of the ending.
    pub(crate) fn choose(asked: Option<Self>, path: &Path) -> Result<Self, Failure> {
        asked.or_else(|| Self::of_ending(path)).ok_or_else(|| {
            let text = format!("the name {} does not say the format", path.display());
            Failure::request(message(text)).hint("say it with --to: pem, der, pkcs7, pkcs12, jks")
        })
    }

    /// As the format of a store.
    pub(crate) fn of_store(self, encryption: Encryption) -> Result<StoreFormat, Failure> {
        match self {
            Self::Pem => Ok(StoreFormat::Pem),
            Self::Pkcs12 => Ok(StoreFormat::Pkcs12(encryption)),
            Self::Jks => Ok(StoreFormat::Jks),
            Self::Der | Self::Pkcs7 => Err(Failure::request(message(format!(
                "a store cannot have the format {self}; pem, pkcs12 and jks are possible"
            )))),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|target| target.name() == text)
            .ok_or_else(|| "allowed are pem, der, pkcs7, pkcs12 and jks".to_owned())
    }
}

/// What `--legacy` says.
pub(crate) fn encryption(legacy: bool) -> Encryption {
    if legacy {
        Encryption::Legacy
    } else {
        Encryption::Modern
    }
}

/// A store that is there, as it was read.
pub(crate) struct OpenStore {
    pub(crate) store: Store,
    pub(crate) format: StoreFormat,
    pub(crate) password: Option<Password>,
    /// Whether passwords for keys were given beside it.
    pub(crate) keys_had_their_own: bool,
}

impl OpenStore {
    /// Writes it anew in the place where it was read.
    pub(crate) fn write_back(
        &self,
        path: &Path,
        telling: Telling,
        session: &mut Session,
    ) -> Result<(), Failure> {
        NewStore {
            path,
            store: &self.store,
            format: self.format,
            password: self.password.as_ref(),
            existing: Existing::Replace,
        }
        .write(telling, session)?;
        if self.keys_had_their_own {
            session::warn(format_args!(
                "all keys in {} have the password of the store now; `keytool -keypasswd` gives one its own",
                path.display()
            ));
        }
        Ok(())
    }
}

/// Refuses what names a store of Windows, which no file is.
pub(crate) fn refuse_system_store(path: &Path) -> Result<(), Failure> {
    let text = path.to_string_lossy();
    let is_system = ["windows:", "cert:"]
        .iter()
        .any(|prefix| text.to_ascii_lowercase().starts_with(prefix));
    if is_system && !path.exists() {
        let text = format!("{text}: the system store of Windows cannot be used; only files can");
        return Err(Failure::request(message(text))
            .hint("on Windows, `certutil -importpfx` and `Import-Certificate` reach it"));
    }
    Ok(())
}

/// Reads a store in order to change it.
pub(crate) fn open(path: &Path, password_file: Option<&Path>) -> Result<OpenStore, Failure> {
    refuse_system_store(path)?;
    let file = contents_file::read(path, password_file, Needed::Whole)?;
    let format = match file.contents.format {
        Format::Pem => StoreFormat::Pem,
        Format::Jks => StoreFormat::Jks,
        Format::Pkcs12 => {
            StoreFormat::Pkcs12(pkcs12::encryption_of(&file.bytes).unwrap_or(Encryption::Modern))
        }
        other @ (Format::Der | Format::Pkcs7 | Format::Jceks) => {
            let text = format!(
                "{} is {other}, which is read and not changed",
                path.display()
            );
            return Err(Failure::request(message(text))
                .hint("`trustpack cert convert` makes a store of another format of it"));
        }
    };
    refuse_loss(path, &file.contents)?;
    let ContentsFile {
        contents,
        passwords,
        ..
    } = file;
    Ok(OpenStore {
        store: Store::from_contents(contents).map_err(Failure::request)?,
        format,
        password: passwords.first().cloned(),
        keys_had_their_own: passwords.are_several(),
    })
}

/// What is no entry would be gone when the store is written anew.
fn refuse_loss(path: &Path, contents: &Contents) -> Result<(), Failure> {
    let others = [
        (contents.crls.len(), "revocation lists"),
        (contents.requests.len(), "certification requests"),
        (
            contents.notes.iter().filter(|note| note.is_loss()).count(),
            "things that are not read",
        ),
    ];
    match others.into_iter().find(|(count, _)| *count > 0) {
        Some((count, what)) => {
            let shown = path.display();
            let text = format!("{shown} also holds {count} {what}, which would be lost");
            Err(Failure::request(message(text)))
        }
        None => Ok(()),
    }
}

/// What several files hold, as one.
pub(crate) fn read_all(
    paths: &[PathBuf],
    password_file: Option<&Path>,
    needed: Needed,
) -> Result<Option<Contents>, Failure> {
    let mut all = Vec::new();
    for path in paths {
        let file = contents_file::read(path, password_file, needed)?;
        for (count, what) in [
            (file.contents.crls.len(), "revocation list"),
            (file.contents.requests.len(), "certification request"),
        ] {
            if count > 0 {
                let shown = path.display();
                session::warn(format_args!(
                    "{shown}: {count} {what}s left out: a store has none"
                ));
            }
        }
        all.push(file.contents);
    }
    Ok(Contents::joined(all))
}

/// The password of a file that is to be written: from a file, else from the terminal if the format
/// needs one; nothing where it can do without.
pub(crate) fn password_of_new(
    path: &Path,
    password_file: Option<&Path>,
    option: &str,
    format: StoreFormat,
    has_key: bool,
) -> Result<Option<Password>, Failure> {
    let password = match password_file {
        Some(file) => Some(password_prompt::from_file(file)?),
        None => match format {
            StoreFormat::Pem => None,
            StoreFormat::Pkcs12(_) if !has_key => None,
            StoreFormat::Pkcs12(_) | StoreFormat::Jks => Some(ask_twice(path, option)?),
        },
    };
    if let Some(password) = &password {
        remark(password, format, has_key);
    }
    Ok(password)
}

fn ask_twice(path: &Path, option: &str) -> Result<Password, Failure> {
    let shown = path.display();
    password_prompt::ask_for_new(&format!("Password for the new {shown}: "), || {
        let text = format!("{shown} needs a password, and there is none");
        Failure::request(message(text)).hint(format!(
            "give a file with {option}; an empty file is the empty password"
        ))
    })
}

/// Characters below which Java's `keytool` takes no password for a new store.
const KEYTOOL_LEAST: usize = 6;

fn remark(password: &Password, format: StoreFormat, has_key: bool) {
    match format {
        StoreFormat::Pem => {}
        StoreFormat::Pkcs12(_) | StoreFormat::Jks if password.is_empty() && has_key => {
            session::warn("the empty password protects no key: whoever has the file has the key");
        }
        StoreFormat::Pkcs12(_) if !password.is_ascii() => {
            session::warn("Java opens no PKCS#12 file with a password that is not ASCII");
        }
        StoreFormat::Jks if password.expose().chars().count() < KEYTOOL_LEAST => {
            session::warn("Java's keytool wants passwords of 6 characters or more");
        }
        StoreFormat::Pkcs12(_) | StoreFormat::Jks => {}
    }
}

/// A store that is to become a file.
pub(crate) struct NewStore<'a> {
    pub(crate) path: &'a Path,
    pub(crate) store: &'a Store,
    pub(crate) format: StoreFormat,
    pub(crate) password: Option<&'a Password>,
    pub(crate) existing: Existing,
}

impl NewStore<'_> {
    fn aliases(&self) -> Vec<String> {
        let entries = self.store.entries().iter();
        entries
            .map(|entry| entry.alias.as_str().to_owned())
            .collect()
    }

    /// Makes the file, and tells what is in it.
    pub(crate) fn write(&self, telling: Telling, session: &mut Session) -> Result<(), Failure> {
        let file: Zeroizing<Vec<u8>> =
            write::write(self.store, self.format, self.password, session.now)
                .map_err(Failure::request)?;
        let has_key = self.store.has_key();
        let secrecy = if has_key {
            Secrecy::Private
        } else {
            Secrecy::Public
        };
        output_file::write(self.path, &file, secrecy, self.existing)?;
        let keys = self
            .store
            .entries()
            .iter()
            .filter(|entry| entry.key().is_some());
        let keys = keys.count();
        let trusted = self.store.entries().len() - keys;
        if telling == Telling::Json {
            return Written {
                file: self.path.display().to_string(),
                format: name_of(self.format),
                aliases: self.aliases(),
                keys,
                certificates: trusted,
                lists: 0,
                requests: 0,
            }
            .write(session);
        }
        session::say(&format!(
            "{}: {}, {}, {}",
            self.path.display(),
            name_of(self.format),
            counted(keys, "key"),
            counted(trusted, "trusted certificate")
        ));
        Ok(())
    }
}

/// A file that was written, as `--json` shows it.
#[derive(Debug, Serialize)]
pub(crate) struct Written {
    pub(crate) file: String,
    pub(crate) format: &'static str,
    /// Of a store.
    pub(crate) aliases: Vec<String>,
    pub(crate) keys: usize,
    /// In a store, those that are in no chain of a key.
    pub(crate) certificates: usize,
    pub(crate) lists: usize,
    pub(crate) requests: usize,
}

impl Written {
    pub(crate) fn write(&self, session: &mut Session) -> Result<(), Failure> {
        session.out.json(self)?;
        session.out.flush()?;
        Ok(())
    }
}

fn name_of(format: StoreFormat) -> &'static str {
    match format {
        StoreFormat::Pem => "PEM",
        StoreFormat::Pkcs12(Encryption::Modern) => "PKCS#12",
        StoreFormat::Pkcs12(Encryption::Legacy) => "PKCS#12 for old readers",
        StoreFormat::Jks => "JKS",
    }
}

/// A number with what is counted.
pub(crate) fn counted(count: usize, what: &str) -> String {
    match count {
        0 => format!("no {what}"),
        1 => format!("1 {what}"),
        more => format!("{more} {what}s"),
    }
}

/// The names of all entries, for the message that one is missing.
pub(crate) fn no_entry(path: &Path, alias: &Alias, store: &Store) -> Failure {
    let aliases: Vec<String> = store
        .entries()
        .iter()
        .take(20)
        .map(|entry| format!("{:?}", entry.alias.as_str()))
        .collect();
    let text = format!("{} has no entry {:?}", path.display(), alias.as_str());
    let has = if aliases.is_empty() {
        "it has none".to_owned()
    } else {
        format!("it has {}", aliases.join(", "))
    };
    Failure::request(message(text)).hint(has)
}
