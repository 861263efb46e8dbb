//! The kinds of findings about files, one file each, and their register.
//!
//! To add one: a file with its `KIND` and the functions that make findings of it, and a line in
//! [`REGISTER`]. A test holds codes unique and in order.

use std::error::Error;

use trustpack_settings::endpoint::{Endpoint, Level, Origin};
use trustpack_settings::finding::{Finding, Kind};
use trustpack_settings::place::Place;
use trustpack_settings::span::Spot;

pub mod account_cannot_read;
pub mod anchor_expired;
pub mod ca_as_host;
pub mod ca_without_list;
pub mod chain_end_unknown;
pub mod chain_incomplete;
pub mod chain_large;
pub mod chain_mended;
pub mod file_not_found;
pub mod file_not_readable;
pub mod half_identity;
pub mod host_as_anchor;
pub mod host_not_there;
pub mod intermediate_as_anchor;
pub mod intermediate_from_trusted;
pub mod key_in_trusted;
pub mod key_locked;
pub mod key_mismatch;
pub mod key_world_readable;
pub mod list_ageing;
pub mod list_missing;
pub mod list_not_fresh;
pub mod list_of_no_use;
pub mod list_rolled_back;
pub mod list_without_number;
pub mod list_wrong_signer;
pub mod long_validity;
pub mod name_will_fail;
pub mod no_alt_names;
pub mod no_certificate;
pub mod no_distribution_point;
pub mod no_key;
pub mod no_list;
pub mod not_in_validity;
pub mod not_looked_at;
pub mod pair_trusts_others;
pub mod peer_not_trusted;
pub mod point_elsewhere;
pub mod point_not_asked;
pub mod point_silent;
pub mod point_slow;
pub mod provider_not_read;
pub mod several_authorities;
pub mod soon_over;
pub mod store_unusable;
pub mod trust_store_locked;
pub mod usage_missing;
pub mod weak;
pub mod wildcard_name;
pub mod will_fail;

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
    &store_unusable::KIND,
    &account_cannot_read::KIND,
    &weak::KIND,
    &soon_over::KIND,
    &no_alt_names::KIND,
    &wildcard_name::KIND,
    &intermediate_as_anchor::KIND,
    &anchor_expired::KIND,
    &long_validity::KIND,
    &point_elsewhere::KIND,
    &no_list::KIND,
    &list_not_fresh::KIND,
    &list_wrong_signer::KIND,
    &list_of_no_use::KIND,
    &list_rolled_back::KIND,
    &list_ageing::KIND,
    &list_without_number::KIND,
    &not_looked_at::KIND,
    &trust_store_locked::KIND,
    &point_not_asked::KIND,
    &chain_large::TOO_LARGE,
    &chain_large::LARGE,
    &point_silent::KIND,
    &point_slow::KIND,
    &ca_without_list::KIND,
    &peer_not_trusted::KIND,
    &name_will_fail::KIND,
    &will_fail::KIND,
    &list_missing::KIND,
    &pair_trusts_others::KIND,
    &no_distribution_point::KIND,
    &several_authorities::KIND,
    &host_not_there::KIND,
];

/// The option that a finding is about, at the level where it is set.
///
/// What is set at a host is met by every endpoint of it, and is one finding all the same.
#[derive(Clone, Debug)]
pub(crate) struct At<'a> {
    /// The endpoint, or the application or host at whose level the option is set.
    pub(crate) place: Place,
    /// The option as it is written.
    pub(crate) option: &'static str,
    /// Where its value comes from.
    pub(crate) spot: Option<&'a Spot>,
}

impl<'a> At<'a> {
    /// An option of an endpoint, and the origin of its value.
    pub(crate) fn new(endpoint: &Endpoint, option: &'static str, origin: &'a Origin) -> Self {
        let own = endpoint.place();
        let (place, spot) = match origin {
            Origin::Set { level, spot } => (level_place(endpoint, *level), Some(spot)),
            Origin::Default => (own.clone(), None),
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

/// The object at whose level a value is set.
fn level_place(endpoint: &Endpoint, level: Level) -> Place {
    let own = endpoint.place();
    let above = match level {
        // The parameters of a connection are also those of its backup.
        Level::Endpoint => match own {
            Place::Backup {
                application,
                target,
                port,
            } => Some(Place::Connection {
                application: application.clone(),
                target: target.clone(),
                port: port.clone(),
            }),
            Place::Fleet
            | Place::Host(_)
            | Place::Application(_)
            | Place::Port { .. }
            | Place::Connection { .. }
            | Place::CommandLine
            | Place::Program => None,
        },
        Level::OwnFile | Level::Application => own.application().cloned().map(Place::Application),
        Level::Host => endpoint.host().cloned().map(Place::Host),
    };
    above.unwrap_or_else(|| own.clone())
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
