//! Reads `certificate`, `certificate-key` and `trusted-ca` as the provider has them.
//!
//! Invariant: with a provider for which an option has no effect any text is taken, so that nobody has to
//! mend a value that nothing uses.

use std::path::PathBuf;

use super::{Context, InvalidValue, NoThumbprint, PathBase, Value, quoted};
use crate::secret::Secret;
use crate::value::own_certificate::{
    Cleaned, InvalidThumbprint, OwnCertificate, StoreEntry, Thumbprint,
};
use crate::value::{AbsolutePath, InvalidPath, Provider};

/// Most files that `certificate` may name; a chain has a handful. Our own limit.
pub(super) const MAX_PATHS: usize = 32;

/// The own certificate.
pub(super) fn certificate(
    text: &str,
    context: Context<'_>,
) -> Result<(Value, Cleaned), InvalidValue> {
    let clean = |own| (Value::Own(own), Cleaned::NothingInvisible);
    match context.provider {
        Provider::Pem => Ok(clean(OwnCertificate::Files(paths(text, context.base)?))),
        Provider::Jks | Provider::Pkcs12 => {
            Ok(clean(OwnCertificate::Entry(entry(text, context.base)?)))
        }
        Provider::Mscapi => match Thumbprint::parse(text) {
            Ok((thumbprint, cleaned)) => {
                Ok((Value::Own(OwnCertificate::Thumbprint(thumbprint)), cleaned))
            }
            // The text as it stands there: colons are taken out of thumbprints, not out of paths.
            Err(InvalidThumbprint { .. }) => Err(InvalidValue::Thumbprint {
                found: quoted(text),
                kind: if text.contains(['/', '\\']) {
                    NoThumbprint::Path
                } else {
                    NoThumbprint::Other
                },
            }),
        },
        Provider::Pkcs11 => match text.parse() {
            Ok(uri) => Ok(clean(OwnCertificate::Token(uri))),
            Err(error) => Err(InvalidValue::TokenUri(error)),
        },
    }
}

/// The private key: a path with PEM, nothing with the others.
pub(super) fn key(text: &str, context: Context<'_>) -> Result<Value, InvalidValue> {
    match context.provider {
        Provider::Pem => path(text, context.base).map(Value::Path),
        Provider::Jks | Provider::Pkcs12 | Provider::Mscapi | Provider::Pkcs11 => {
            Ok(unused(text, context.base))
        }
    }
}

/// Whom we trust: a path, but with MSCAPI.
pub(super) fn trusted(text: &str, context: Context<'_>) -> Result<Value, InvalidValue> {
    match context.provider {
        Provider::Pem | Provider::Jks | Provider::Pkcs12 | Provider::Pkcs11 => {
            path(text, context.base).map(Value::Path)
        }
        Provider::Mscapi => Ok(unused(text, context.base)),
    }
}

fn unused(text: &str, base: PathBase<'_>) -> Value {
    path(text, base).map_or_else(|_| Value::Other(Secret::new(text)), Value::Path)
}

/// A path; a relative one starts at the folder of `base`, if it has one.
pub(super) fn path(text: &str, base: PathBase<'_>) -> Result<AbsolutePath, InvalidValue> {
    match text.parse::<AbsolutePath>() {
        Ok(path) => Ok(path),
        Err(InvalidPath::Relative { path }) => match base {
            PathBase::Nowhere => Err(InvalidValue::Relative {
                path: quoted(&path),
            }),
            PathBase::Folder(folder) => {
                let joined: PathBuf = folder.join(&path);
                AbsolutePath::from_folder(joined).map_err(InvalidValue::Path)
            }
        },
        Err(error @ (InvalidPath::Character { .. } | InvalidPath::Empty)) => {
            Err(InvalidValue::Path(error))
        }
    }
}

fn paths(text: &str, base: PathBase<'_>) -> Result<Vec<AbsolutePath>, InvalidValue> {
    let count = text.split(',').count();
    if count > MAX_PATHS {
        return Err(InvalidValue::TooManyPaths { count });
    }
    text.split(',')
        .map(|part| match part.trim() {
            "" => Err(InvalidValue::EmptyPath {
                found: quoted(text),
            }),
            part => path(part, base),
        })
        .collect()
}

/// A key store; its alias stands behind the last `#`, which folders such as `C#` may have too.
fn entry(text: &str, base: PathBase<'_>) -> Result<StoreEntry, InvalidValue> {
    let (store, alias) = match text.rsplit_once('#') {
        // The `#` of a folder, or of a file without an alias behind it.
        Some((_, alias)) if alias.contains(['/', '\\']) => (text, None),
        Some((_, "")) => {
            return Err(InvalidValue::EmptyAlias {
                found: quoted(text),
            });
        }
        Some((store, alias)) => (store, Some(alias.to_owned())),
        None => (text, None),
    };
    let store = path(store, base)?;
    Ok(StoreEntry { store, alias })
}
