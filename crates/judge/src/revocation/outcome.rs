//! What was found out about each certificate of a path, as verdicts hold it.
//!
//! Invariant: a certificate is good only with the list that says so.

use std::fmt;
use std::sync::Arc;

use trustpack_x509::serial::Serial;

use super::fault::ListFault;
use super::list::KnownList;
use crate::member::Member;
use crate::reason::Reason;

/// What lists say about one certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevocationOutcome {
    /// The certificate.
    pub certificate: Member,
    /// The list that it is not on, or why it is refused.
    pub result: Result<ListUsed, Reason>,
}

/// A list that a certificate is not on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListUsed {
    /// The list.
    pub list: Arc<KnownList>,
    /// What is unusual about it.
    pub notes: Vec<ListNote>,
}

/// Something about a list that is worth knowing and no reason to refuse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ListNote {
    /// It has no number, so that nobody notices if an older one is put in its place.
    NoNumber,
    /// It is not fresh, and was used because `crl-freshness` allows it.
    NotFresh(ListFault),
    /// Another key of the issuer than the one that issued the certificate signed it.
    OtherSigner {
        /// The serial number of the certificate of that key.
        serial: Serial,
    },
}

impl fmt::Display for ListNote {
    /// A sentence about "it", the list.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoNumber => f.write_str(
                "it has no number, so nobody would notice if an older one were put in its place",
            ),
            Self::NotFresh(fault) => write!(f, "{fault}, which was accepted"),
            Self::OtherSigner { serial } => write!(
                f,
                "it was signed by another key of the issuer, whose certificate has serial {serial}"
            ),
        }
    }
}

/// "the list of ISSUER, number N, of DATE".
impl fmt::Display for KnownList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = self.head();
        write!(f, "the list of \"{}\"", head.issuer)?;
        if let Some(number) = &head.number {
            write!(f, " with number {number}")?;
        }
        write!(f, " of {}", head.this_update)
    }
}
