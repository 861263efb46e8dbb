//! The passwords of keys and stores.
//!
//! Invariant: that a password is set and cannot be had is told under the option that names it.

use trustpack_keystore::password::Password;
use trustpack_settings::endpoint::Setting;
use trustpack_settings::finding::Finding;
use trustpack_settings::value::{AbsolutePath, PasswordSource};

use super::Loader;
use crate::findings::{At, key_locked, trust_store_locked};

/// What a password opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lock {
    /// The private key, or the key store that it is in.
    Key,
    /// The trust store.
    TrustStore,
}

impl Lock {
    /// The option that has the password.
    fn option(self) -> &'static str {
        match self {
            Self::Key => "keystore-password",
            Self::TrustStore => "truststore-password",
        }
    }

    pub(super) fn found(self, at: &At<'_>, path: &AbsolutePath, why: &str) -> Finding {
        match self {
            Self::Key => key_locked::found(at, path, why),
            Self::TrustStore => trust_store_locked::found(at, path, why),
        }
    }

    fn no_password(self, at: &At<'_>, why: &str) -> Finding {
        match self {
            Self::Key => key_locked::no_password(at, why),
            Self::TrustStore => trust_store_locked::no_password(at, why),
        }
    }
}

impl<'a> Loader<'a> {
    /// The password of a store or key: `None` if it is set and cannot be had, `Some(None)` if it is not set.
    pub(super) fn password(&mut self, lock: Lock) -> Option<Option<Password>> {
        let setting: &'a Setting<Option<PasswordSource>> = match lock {
            Lock::Key => &self.settings.keystore_password,
            Lock::TrustStore => &self.settings.truststore_password,
        };
        let at = At::new(self.endpoint, lock.option(), &setting.origin);
        match &setting.value {
            None => Some(None),
            Some(PasswordSource::Text(secret)) => Some(Some(Password::new(secret.expose()))),
            Some(PasswordSource::File(path)) => {
                let file = self.shelf.password(path);
                match &self.noted(&at, path, &file)?.contents {
                    Ok(password) => Some(Some(password.clone())),
                    Err(error) => {
                        let why = format!("the file {path}: {error}");
                        self.found(lock.no_password(&at, &why));
                        None
                    }
                }
            }
            Some(PasswordSource::Environment(name)) => {
                let password = (self.surroundings.variable)(name);
                if password.is_none() {
                    let why = format!("the environment variable {name} is not set");
                    self.found(lock.no_password(&at, &why));
                }
                password.map(Some)
            }
        }
    }
}
