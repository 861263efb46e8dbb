//! What `cert verify` and `crl check` share: the files with whom we trust and what is judged.
//!
//! Invariant: a file that holds nothing of what it was named for is an error, never nothing.

use std::path::{Path, PathBuf};

use trustpack_judge::anchors::{TrustAnchors, is_authority};
use trustpack_x509::certificate::Certificate;
use trustpack_x509::crl::RevocationList;

use crate::contents_file::{self, Needed};
use crate::failure::{Failure, message};
use crate::session;

/// The certificates of a file, in its order; those of its first key before the others.
pub(super) fn certificates(
    path: &Path,
    password_file: Option<&Path>,
) -> Result<Vec<Certificate>, Failure> {
    let contents = contents_file::read(path, password_file, Needed::Certificates)?.contents;
    let of_key = contents.keys.into_iter().find(|key| !key.chain.is_empty());
    let mut certificates = of_key.map_or_else(Vec::new, |key| key.chain);
    for found in contents.certificates {
        if !certificates.contains(&found.certificate) {
            certificates.push(found.certificate);
        }
    }
    if certificates.is_empty() {
        return Err(nothing(path, "certificate"));
    }
    Ok(certificates)
}

/// The trusted certificates of some files, and what is odd about them as warnings.
///
/// Source: clause 3.3.1 of the specification.
pub(super) fn anchors(
    paths: &[PathBuf],
    password_file: Option<&Path>,
) -> Result<TrustAnchors, Failure> {
    let mut anchors = Vec::new();
    for path in paths {
        let contents = contents_file::read(path, password_file, Needed::Certificates)?.contents;
        let shown = path.display();
        if contents.certificates.is_empty() {
            return Err(nothing(path, "certificate"));
        }
        if !contents.keys.is_empty() {
            session::warn(format!(
                "{shown} also holds a private key, which does not belong into a file that is copied \
                 to everybody"
            ));
        }
        for found in contents.certificates {
            if !is_authority(&found.certificate) {
                session::warn(format!(
                    "{shown}: \"{}\" is no CA; it is trusted, and nobody below it",
                    found.certificate.subject()
                ));
            }
            anchors.push(found.certificate);
        }
    }
    Ok(TrustAnchors::new(anchors))
}

/// The revocation lists of some files.
pub(super) fn lists(paths: &[PathBuf]) -> Result<Vec<RevocationList>, Failure> {
    let mut lists = Vec::new();
    for path in paths {
        let found = contents_file::read(path, None, Needed::Certificates)?.contents;
        if found.crls.is_empty() {
            return Err(nothing(path, "revocation list"));
        }
        lists.extend(found.crls);
    }
    Ok(lists)
}

fn nothing(path: &Path, what: &str) -> Failure {
    Failure::request(message(format!("there is no {what} in {}", path.display())))
}
