//! Whether the certificate and the key of a host belong together once files are in place.
//!
//! Not whether the files of a bundle fit each other; [`received`](crate::host::received) has looked at that.
//! Invariant: a pair of which one half cannot be read is not judged.

use trustpack_keystore::contents::{self, Contents};
use trustpack_keystore::limited_file::{self, Accepted};
use trustpack_keystore::password::Passwords;

use super::{InstallBundleError, Site};
use crate::host::received::{MAX_FILE, Received};

/// How the file with the certificate of a host ends: spec 1.2.
const CERTIFICATE: &str = "_cert.pem";
/// How the one with its key does.
const KEY: &str = "_priv_key.pem";

impl Site {
    /// Looks at each certificate and key that comes, together with the half that is there already.
    ///
    /// # Errors
    ///
    /// [`InstallBundleError::NoPair`].
    pub(super) fn are_pairs(&self, received: &Received) -> Result<(), InstallBundleError> {
        for file in &received.files {
            let name = &*file.name;
            let host = name
                .strip_suffix(KEY)
                .or_else(|| name.strip_suffix(CERTIFICATE));
            let Some(host) = host else { continue };
            let (certificate, key) = (format!("{host}{CERTIFICATE}"), format!("{host}{KEY}"));
            let (Some(in_one), Some(in_other)) = (
                self.contents_then(&certificate, received),
                self.contents_then(&key, received),
            ) else {
                continue;
            };
            let mut keys = in_other.keys.iter().filter_map(|key| key.key.as_ref().ok());
            if let Some(one) = in_one.only_certificates().next()
                && let Some(other) = keys.next()
                && !other.matches(one)
            {
                return Err(InstallBundleError::NoPair {
                    certificate: self.folder.join(certificate),
                    key: self.folder.join(key),
                });
            }
        }
        Ok(())
    }

    /// What a file will hold: what came, and else what is there.
    fn contents_then(&self, name: &str, received: &Received) -> Option<Contents> {
        let came = received.files.iter().find(|file| &*file.name == name);
        if let Some(came) = came {
            return contents::read(&came.contents, &Passwords::none()).ok();
        }
        let path = self.folder.join(name);
        let octets = limited_file::read(&path, MAX_FILE, Accepted::RegularFiles).ok()?;
        contents::read(&octets.bytes, &Passwords::none()).ok()
    }
}
