//! What of a request does not go into the certificate, for whoever decides to be told.

use std::fmt;

use trustpack_x509::general_name::GeneralName;

/// Something that was asked for and is not given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LeftOut {
    /// An attribute of the request itself, such as challengePassword.
    RequestAttribute {
        /// Its name.
        name: String,
    },
    /// An extension that the profile decides about.
    Extension {
        /// Its name.
        name: String,
    },
    /// An attribute of the subject that certificates of ours do not have, or have once.
    SubjectAttribute {
        /// Its name and value, such as `DC=example`.
        found: String,
    },
    /// A name of a kind that certificates of ours do not bear.
    KindOfName {
        /// The name.
        name: GeneralName,
    },
    /// A name that nobody here asked for.
    NotNamedHere {
        /// The name.
        name: GeneralName,
    },
    /// A common name that nobody here asked for.
    CommonName {
        /// The name.
        found: String,
    },
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RequestAttribute { name } => {
                write!(f, "the attribute {name}, which is none of a certificate")
            }
            Self::Extension { name } => {
                write!(f, "the extension {name}, about which the profile decides")
            }
            Self::SubjectAttribute { found } => {
                write!(f, "{found} of the subject, which subjects here do not have")
            }
            Self::KindOfName { name } => {
                write!(f, "the name {name}, of a kind that is not issued here")
            }
            Self::NotNamedHere { name } => {
                write!(f, "the name {name}, which was not named beside the request")
            }
            Self::CommonName { found } => write!(
                f,
                "the common name {found}, which was not named beside the request"
            ),
        }
    }
}
