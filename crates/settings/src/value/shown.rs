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

/// Characters of a refused value that an error repeats: as many as a name has at most. Our own limit.
const START: usize = 255;

/// The first characters of a value that is refused. What stands in a file may be of any length, and an error is
/// to be read.
pub(crate) fn start_of(value: &str) -> String {
    value.chars().take(START).collect()
}

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

#[cfg(test)]
mod tests {
    use std::fmt::Display;
    use std::str::FromStr;

    use super::*;
    use crate::place::Place;
    use crate::value::PlainAddress;

    #[track_caller]
    fn check<T: FromStr<Err: Display>>(long: &str) {
        let error = long.parse::<T>().err().map(|error| error.to_string());
        let error = error.unwrap_or_else(|| panic!("it was read: {long:?}"));
        let first: String = long.chars().take(100).collect();
        assert!(error.contains(&first), "{error}");
        assert!(error.len() < 1000, "an error of {} octets", error.len());
    }

    #[test]
    fn an_error_repeats_the_start_of_a_long_value() {
        let long = "a".repeat(70_000);
        check::<AbsolutePath>(&long);
        check::<AbsolutePath>(&format!("/{long}\n"));
        check::<PlainAddress>(&long);
        check::<PlainAddress>(&format!("unix:{long}"));
        check::<Place>(&long);
        check::<Place>(&format!("host {long}"));
    }
}
