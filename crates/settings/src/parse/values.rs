//! A value of any option as the type that its option has, and as listings show it.
//!
//! Invariant: a value reads as one type alone.

use trustpack_x509::time::Timestamp;

use super::Value;
use crate::options::ValueKind;
use crate::value::allowed_names::AllowedNames;
use crate::value::own_certificate::OwnCertificate;
use crate::value::revocation::{CrlCheck, CrlFreshness};
use crate::value::{
    AbsolutePath, CipherList, LowestVersion, NameCheck, PasswordSource, ProtocolVersion, Provider,
    Shown, StoreLocation,
};

impl Value {
    pub(crate) fn on(&self) -> Option<bool> {
        if let Self::On(on) = self {
            Some(*on)
        } else {
            None
        }
    }

    pub(crate) fn own(&self) -> Option<OwnCertificate> {
        if let Self::Own(own) = self {
            Some(own.clone())
        } else {
            None
        }
    }

    pub(crate) fn path(&self) -> Option<AbsolutePath> {
        if let Self::Path(path) = self {
            Some(path.clone())
        } else {
            None
        }
    }

    pub(crate) fn provider(&self) -> Option<Provider> {
        if let Self::Provider(provider) = self {
            Some(*provider)
        } else {
            None
        }
    }

    pub(crate) fn password(&self) -> Option<PasswordSource> {
        if let Self::Password(password) = self {
            Some(password.clone())
        } else {
            None
        }
    }

    pub(crate) fn name_check(&self) -> Option<NameCheck> {
        if let Self::NameCheck(check) = self {
            Some(*check)
        } else {
            None
        }
    }

    pub(crate) fn lowest(&self) -> Option<LowestVersion> {
        if let Self::Lowest(version) = self {
            Some(*version)
        } else {
            None
        }
    }

    pub(crate) fn highest(&self) -> Option<ProtocolVersion> {
        if let Self::Highest(version) = self {
            Some(*version)
        } else {
            None
        }
    }

    pub(crate) fn ciphers(&self) -> Option<CipherList> {
        if let Self::Ciphers(list) = self {
            Some(list.clone())
        } else {
            None
        }
    }

    pub(crate) fn store_location(&self) -> Option<StoreLocation> {
        if let Self::StoreLocation(location) = self {
            Some(*location)
        } else {
            None
        }
    }

    pub(crate) fn crl_check(&self) -> Option<CrlCheck> {
        if let Self::CrlCheck(check) = self {
            Some(*check)
        } else {
            None
        }
    }

    pub(crate) fn freshness(&self) -> Option<CrlFreshness> {
        if let Self::Freshness(freshness) = self {
            Some(*freshness)
        } else {
            None
        }
    }

    pub(crate) fn names(&self) -> Option<AllowedNames> {
        if let Self::Names(names) = self {
            Some(names.clone())
        } else {
            None
        }
    }

    pub(crate) fn day(&self) -> Option<Timestamp> {
        if let Self::Day(day) = self {
            Some(*day)
        } else {
            None
        }
    }

    /// The value as listings show it.
    pub(crate) fn shown(&self, values: ValueKind) -> String {
        match self {
            Self::Empty => String::new(),
            Self::On(on) if values == ValueKind::Truth => on.to_string(),
            Self::On(on) => u8::from(*on).to_string(),
            Self::Own(own) => own.shown(),
            Self::Path(path) => path.shown(),
            Self::Provider(provider) => provider.shown(),
            Self::Password(password) => password.shown(),
            Self::NameCheck(check) => check.shown(),
            Self::Lowest(version) => version.shown(),
            Self::Highest(version) => version.shown(),
            Self::Ciphers(list) => list.shown(),
            Self::StoreLocation(location) => location.shown(),
            Self::CrlCheck(check) => check.shown(),
            Self::Freshness(freshness) => freshness.shown(),
            Self::Names(names) => names.shown(),
            Self::Day(day) => day.shown(),
            // It may be a piece of a key that was pasted to the wrong place.
            Self::Other(text) => super::quoted(text.expose()),
        }
    }
}
