//! Which level the credentials of an end come from, and why from that one.
//!
//! Invariant: of a level that has none it is said that it has none, and only of one that has some that they do not
//! count.

use std::collections::BTreeSet;

use trustpack_settings::endpoint::{Endpoint, Hidden, HiddenBy, Level, Origin, ShownSetting};
use trustpack_settings::findings::bad_key_value;
use trustpack_settings::fleet::{Application, ApplicationRole, CertificateSource};
use trustpack_settings::options::{Grouping, OptionId};
use trustpack_settings::place::Place;
use trustpack_settings::span::Spot;
use trustpack_settings::value::{Provider, StoreLocation};

use super::super::settings;
use super::super::written::{self, NotRead};
use crate::commands::fleet_arguments::ReadFleet;

/// The credentials of an endpoint, as they are resolved.
struct Block<'e> {
    endpoint: &'e Endpoint,
    application: Option<&'e Application>,
    settings: Vec<ShownSetting<'e>>,
    /// The level that they come from.
    level: Option<Level>,
    /// That nobody knows what the own file of the application says.
    unread: Option<NotRead<'e>>,
}

/// Which level the credentials come from, why from that one, and whom Windows trusts beside.
pub(super) fn sentences(endpoint: &Endpoint, read: &ReadFleet) -> Vec<String> {
    let fleet = &read.fleet;
    let mut settings = endpoint.settings().shown();
    settings.retain(|setting| setting.option.row().grouping == Grouping::Block);
    let level = settings.iter().find_map(|setting| match setting.origin {
        Origin::Set { level, .. } => Some(*level),
        Origin::Default => None,
    });
    let application = written::application(endpoint, fleet);
    let block = Block {
        endpoint,
        application,
        settings,
        level,
        unread: written::own_file_not_read(endpoint, fleet),
    };
    let mut sentences = vec![block.origin()];
    sentences.extend(block.unread.as_ref().map(NotRead::to_string));
    sentences.extend(block.by_a_few());
    sentences.extend(block.emptied());
    sentences.extend(block.source_not_known(read));
    sentences.extend(block.passed_over());
    sentences.extend(block.taken_together());
    sentences.extend(block.of_windows());
    sentences
}

impl Block<'_> {
    /// Where they come from; of the levels that are looked at before that they have none.
    fn origin(&self) -> String {
        let none = self.levels_without();
        match self.level {
            Some(Level::Endpoint) => {
                let kind = written::kind(self.endpoint);
                format!("its credentials come from the {kind} itself, which is looked at first")
            }
            Some(level) => {
                let from = written::level_by_name(level, self.endpoint);
                let only = match none.as_slice() {
                    [] => String::new(),
                    [one] => format!(": the {one} has none"),
                    [one, other, ..] => format!(": neither the {one} nor the {other} has any"),
                };
                format!("its credentials come from {from}{only}")
            }
            None if self.unread.is_some() => match none.first() {
                None => "its credentials are not known".to_owned(),
                Some(one) => format!("its credentials are not known: the {one} has none"),
            },
            None => match none.split_last() {
                None => "it has no credentials".to_owned(),
                Some((one, [])) => format!("it has no credentials: the {one} has none"),
                Some((last, [one])) => {
                    format!("it has no credentials: neither the {one} nor the {last} has any")
                }
                Some((last, others)) => format!(
                    "it has no credentials: neither the {}, nor the {last} has any",
                    others.join(", the ")
                ),
            },
        }
    }

    /// The levels before that of the credentials, which have none.
    fn levels_without(&self) -> Vec<&'static str> {
        let has_own_file = self.application.is_some_and(|one| one.own_file.is_some());
        let levels = if has_own_file {
            [Level::Endpoint, Level::OwnFile].as_slice()
        } else {
            [Level::Endpoint, Level::Application, Level::Host].as_slice()
        };
        let before = levels
            .iter()
            .filter(|level| self.level.is_none_or(|own| **level < own));
        let without = before.filter(|level| !self.hidden().any(|hidden| hidden.level == **level));
        // Of a file that was not read nobody knows whether it has any.
        let unknown = self.unread.is_some();
        without
            .filter(|level| !(unknown && **level == Level::OwnFile))
            .map(|level| written::level(*level, self.endpoint))
            .collect()
    }

    fn hidden(&self) -> impl Iterator<Item = &Hidden> {
        self.settings.iter().flat_map(|setting| setting.hidden)
    }

    /// The options that are set at the level of the credentials.
    fn set_here(&self) -> impl Iterator<Item = (&ShownSetting<'_>, &Spot)> {
        self.settings
            .iter()
            .filter_map(|setting| match setting.origin {
                Origin::Set { level, spot } => {
                    (Some(*level) == self.level).then_some((setting, spot))
                }
                Origin::Default => None,
            })
    }

    /// That a level counts though it has no certificate: any of the options makes it the one.
    fn by_a_few(&self) -> Option<String> {
        let certificate = |setting: &ShownSetting<'_>| setting.option == OptionId::Certificate;
        if self.set_here().any(|(setting, _)| certificate(setting)) {
            return None;
        }
        let few = self.set_here().map(|(setting, spot)| named(setting, spot));
        let few: Vec<String> = few.collect();
        let own = written::level(self.level?, self.endpoint);
        let listed = listed(&few)?;
        let (is, one, makes) = match few.len() {
            1 => ("is", "one of", "makes"),
            _many => ("are", "among", "make"),
        };
        Some(format!(
            "{listed} {is} {one} the options that are taken together, and alone {makes} the {own} the level of them all"
        ))
    }

    /// That a value which is empty counts as set.
    fn emptied(&self) -> Option<String> {
        let is_empty = |setting: &ShownSetting<'_>, spot: &Spot| {
            setting.value.is_empty() && settings::wrong_at(spot, self.endpoint).is_none()
        };
        let set = self.set_here();
        let empty = set.filter(|(setting, spot)| is_empty(setting, spot));
        let empty: Vec<String> = empty.map(|(setting, spot)| named(setting, spot)).collect();
        let own = written::level(self.level?, self.endpoint);
        let (listed, is) = (listed(&empty)?, if empty.len() == 1 { "is" } else { "are" });
        Some(format!(
            "{listed} {is} empty, and an empty value counts as set: the {own} is the level of the credentials, and has none there"
        ))
    }

    /// That the certificate source says something that cannot be read.
    fn source_not_known(&self, read: &ReadFleet) -> Option<String> {
        let application = self.application?;
        if application.certificate_source.is_some() {
            return None;
        }
        let place = Place::Application(application.name.value.clone());
        let mut findings = read.resolution.findings();
        let bad = findings.find(|finding| {
            finding.place == place
                && finding.code() == bad_key_value::KIND.code
                && finding.message.starts_with("certificate-source:")
        })?;
        let spot = bad
            .spot
            .as_ref()
            .map_or_else(String::new, |spot| format!(" ({spot})"));
        Some(format!(
            "what certificate-source says cannot be read{spot}: see {}; until it is mended, the level of the credentials is found as if nothing was said, and \"host\" or \"application\" may make it another one",
            bad.code()
        ))
    }

    /// That those of a level do not count, because of the certificate source.
    fn passed_over(&self) -> Option<String> {
        let mut hidden = self.hidden();
        let shut = hidden.find(|hidden| hidden.by == HiddenBy::CertificateSource)?;
        let source = self.application?.certificate_source.as_ref()?;
        let said = match source.value {
            CertificateSource::Host => "host",
            CertificateSource::Application => "application",
        };
        Some(format!(
            "those of {} do not count: certificate-source is \"{said}\" ({})",
            written::level_by_name(shut.level, self.endpoint),
            source.spot
        ))
    }

    /// That those of a higher level are hidden, also where the one that counts lacks something.
    fn taken_together(&self) -> Option<String> {
        let by_level = |hidden: &&Hidden| hidden.by == HiddenBy::LowerLevel;
        let hidden: BTreeSet<Level> = self.hidden().filter(by_level).map(|h| h.level).collect();
        let hidden: Vec<_> = hidden
            .into_iter()
            .map(|level| format!("the {}", written::level(level, self.endpoint)))
            .collect();
        let hidden = hidden.join(" and ");
        let lost = self.settings.iter().filter(|setting| {
            *setting.origin == Origin::Default && setting.hidden.iter().any(|h| by_level(&h))
        });
        let lost: Vec<&str> = lost.map(|setting| setting.option.name()).collect();
        let own = written::level(self.level?, self.endpoint);
        if hidden.is_empty() {
            return None;
        }
        Some(if lost.is_empty() {
            format!("credentials are taken from one level: those of {hidden} are hidden")
        } else {
            format!(
                "credentials are taken from one level: those of {hidden} are hidden, also {}, which the {own} lacks",
                lost.join(", ")
            )
        })
    }

    /// Which stores of Windows are looked into, and why those.
    fn of_windows(&self) -> Option<String> {
        let settings = self.endpoint.settings();
        if settings.provider.value != Some(Provider::Mscapi) {
            return None;
        }
        let location = &settings.store_location;
        let whose = match location.value {
            StoreLocation::Machine => "the machine",
            StoreLocation::User => "the user",
        };
        let why = match &location.origin {
            Origin::Set { spot, .. } => format!("store-location says so, {spot}"),
            Origin::Default => match self.application.map(|one| one.role) {
                Some(ApplicationRole::Gui) => "as its role is \"gui\"".to_owned(),
                Some(ApplicationRole::Server) | None => "as its role is not \"gui\"".to_owned(),
            },
        };
        Some(format!(
            "whom it trusts, the stores of Windows say: those of {whose} ({why})"
        ))
    }
}

/// An option and where it stands.
fn named(setting: &ShownSetting<'_>, spot: &Spot) -> String {
    format!("{} ({spot})", setting.option.name())
}

/// Several things as one; `None` if there are none.
fn listed(things: &[String]) -> Option<String> {
    let (last, others) = things.split_last()?;
    Some(match others {
        [] => last.clone(),
        others => format!("{} and {last}", others.join(", ")),
    })
}
