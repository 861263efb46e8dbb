//! How values are written in listings, and how words read as values.
//!
//! Invariant: a word that a value writes reads as that value; a secret writes nothing of itself.

use super::revocation::CrlCheck;
use super::{
    AbsolutePath, CipherList, ClientCertificate, Fips, LowestVersion, NameCheck, PasswordSource,
    ProtocolVersion, Provider, SendRoot, ServerAuthentication, Shown, StoreLocation,
};
use crate::secret::HIDDEN;
use trustpack_x509::time::Timestamp;

/// Gives a type that is one of a few words its text, and reads it.
macro_rules! shown_words {
    ($($type:ident { $($variant:ident => $word:literal),+ })+) => {$(
        impl Shown for $type {
            fn shown(&self) -> String {
                match self { $(Self::$variant => $word,)+ }.to_owned()
            }
        }

        impl $type {
            /// The value that is written as `word`.
            #[must_use]
            pub fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }
        }
    )+};
}

shown_words! {
    ClientCertificate { NotAsked => "0", Required => "1" }
    Provider { Pem => "PEM", Jks => "JKS", Pkcs12 => "PKCS12", Mscapi => "MSCAPI", Pkcs11 => "PKCS11" }
    StoreLocation { Machine => "machine", User => "user" }
    Fips { Off => "false", Required => "true" }
    NameCheck { Off => "no", Host => "host" }
    ServerAuthentication { Required => "1", DangerNone => "0" }
    ProtocolVersion { Tls12 => "TLSv12", Tls13 => "TLSv13" }
    LowestVersion {
        Unsaid => "", Any => "SSLv23", Ssl3 => "SSLv3", Tls10 => "TLSv1", Tls11 => "TLSv11",
        Tls12 => "TLSv12", Tls13 => "TLSv13"
    }
    CrlCheck { Leaf => "leaf", Chain => "chain" }
    SendRoot { Sent => "1", LeftOut => "0" }
}

impl Shown for AbsolutePath {
    fn shown(&self) -> String {
        self.to_string()
    }
}

/// A day, as its midnight.
impl Shown for Timestamp {
    fn shown(&self) -> String {
        self.date_string()
    }
}

impl Shown for PasswordSource {
    fn shown(&self) -> String {
        match self {
            Self::Text(_) => HIDDEN.to_owned(),
            Self::File(path) => format!("file:{path}"),
            Self::Environment(name) => format!("env:{name}"),
        }
    }
}

impl Shown for CipherList {
    fn shown(&self) -> String {
        self.0.join(":")
    }
}

impl<T: Shown> Shown for Option<T> {
    fn shown(&self) -> String {
        self.as_ref().map(Shown::shown).unwrap_or_default()
    }
}
