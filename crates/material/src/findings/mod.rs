//! The kinds of findings about files, one file each, and their register.
//!
//! To add one: a file with its `KIND` and the functions that make findings of it, and a line in
//! [`REGISTER`]. A test holds codes unique and in order.

use std::error::Error;

use trustpack_settings::endpoint::Origin;
use trustpack_settings::finding::{Finding, Kind};
use trustpack_settings::place::Place;
use trustpack_settings::span::Spot;

pub mod ca_as_host;
pub mod chain_end_unknown;
pub mod chain_incomplete;
pub mod chain_mended;
pub mod file_not_found;
pub mod file_not_readable;
pub mod half_identity;
pub mod host_as_anchor;
pub mod intermediate_from_trusted;
pub mod key_in_trusted;
pub mod key_locked;
pub mod key_mismatch;
pub mod key_world_readable;
pub mod no_certificate;
pub mod no_key;
pub mod not_in_validity;
pub mod provider_not_read;
pub mod usage_missing;

/// Every kind of this crate, by code.
pub static REGISTER: &[&Kind] = &[
    &file_not_found::KIND,
    &file_not_readable::KIND,
    &no_certificate::KIND,
    &no_key::KIND,
    &key_locked::KIND,
    &half_identity::KIND,
    &key_mismatch::KIND,
    &chain_incomplete::KIND,
    &chain_end_unknown::KIND,
    &chain_mended::KIND,
    &intermediate_from_trusted::KIND,
    &not_in_validity::KIND,
    &host_as_anchor::KIND,
    &key_in_trusted::KIND,
    &key_world_readable::KIND,
    &provider_not_read::KIND,
    &ca_as_host::KIND,
    &usage_missing::KIND,
];

/// The endpoint and the option that a finding is about.
pub(crate) struct At<'a> {
    /// The endpoint.
    pub(crate) place: &'a Place,
    /// The option as it is written.
    pub(crate) option: &'static str,
    /// Where its value comes from.
    pub(crate) spot: Option<&'a Spot>,
}

impl<'a> At<'a> {
    /// An option of an endpoint, and the origin of its value.
    pub(crate) fn new(place: &'a Place, option: &'static str, origin: &'a Origin) -> Self {
        let spot = match origin {
            Origin::Set { spot, .. } => Some(spot),
            Origin::Default => None,
        };
        Self {
            place,
            option,
            spot,
        }
    }

    /// A finding here.
    pub(crate) fn finding(&self, kind: &'static Kind, message: impl Into<String>) -> Finding {
        let finding = Finding::new(kind, self.place.clone(), message);
        match self.spot {
            Some(spot) => finding.with_spot(spot),
            None => finding,
        }
    }
}

/// An error with its causes in one sentence.
pub(crate) fn sentence(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let part = error.to_string();
        // Some errors show their cause in their own text.
        if !text.ends_with(&part) {
            text.push_str(": ");
            text.push_str(&part);
        }
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_in_order() {
        for pair in REGISTER.windows(2) {
            assert!(pair[0].code < pair[1].code, "{}", pair[1].title);
        }
    }

    #[test]
    fn every_kind_is_explained() {
        for kind in REGISTER {
            for text in [kind.title, kind.meaning, kind.example, kind.remedy] {
                assert!(!text.is_empty(), "{}", kind.code);
            }
            assert!(
                kind.meaning.ends_with('.') && !kind.remedy.ends_with('.'),
                "{}",
                kind.code
            );
        }
    }
}
