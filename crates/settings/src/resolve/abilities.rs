//! What the engine that does TLS at an endpoint can do of what its settings ask for.
//!
//! For our own engine, what it cannot do is an error: nothing is passed over. For an engine of somebody else, what it
//! does not know is a warning where it is set.
//! Invariant: an endpoint of ours with a setting that this version cannot honour has an error here.

use super::ladder::Decided;
use super::required::Secured;
use crate::endpoint::{Engine, Origin, Role};
use crate::finding::Finding;
use crate::findings::{no_effect, no_fips_engine, not_yet};
use crate::options::{Behaviour, OPTIONS, OptionId, OptionOrigin, OptionRow};
use crate::parse::{Supported, Value};
use crate::value::{Fips, Provider, Shown};

impl Secured<'_> {
    /// What the engine of the endpoint cannot do of what is set.
    pub(super) fn abilities(&self) -> Vec<Finding> {
        match self.engine {
            Engine::Trustpack => self.ours(),
            Engine::Openssl | Engine::Schannel | Engine::Jsse => self.others(),
        }
    }

    /// What our engine could not do if it were to carry the endpoint: the options, as they are written.
    pub(crate) fn beyond(&self) -> Vec<String> {
        let mut beyond: Vec<String> = self
            .not_yet()
            .map(|(row, found)| what(row, &found))
            .collect();
        if let Some(provider) = self.default_provider() {
            beyond.push(format!("provider = {}", provider.shown()));
        }
        beyond
    }

    /// What our engine cannot do of what holds because nothing is set.
    pub(super) fn cannot_do_default(&self) -> Option<Finding> {
        match self.engine {
            Engine::Trustpack => {
                let provider = self.default_provider()?.shown();
                Some(not_yet::default_provider(self.place.clone(), &provider))
            }
            Engine::Openssl | Engine::Schannel | Engine::Jsse => None,
        }
    }

    fn ours(&self) -> Vec<Finding> {
        let mut findings: Vec<Finding> = self
            .not_yet()
            .map(|(row, found)| {
                let place = found.rung.place.clone();
                not_yet::found(place, &found.slot.value_spot, &what(row, &found))
            })
            .collect();
        if self.settings.fips140_enabled.value == Fips::Required
            && let Some(found) = self.ladder.decide(OptionId::Fips140Enabled)
        {
            let place = found.rung.place.clone();
            findings.push(no_fips_engine::found(place, &found.slot.value_spot));
        }
        findings
    }

    /// The options with a value that this version cannot do.
    fn not_yet(&self) -> impl Iterator<Item = (&'static OptionRow, Decided<'_, '_>)> {
        OPTIONS
            .iter()
            .filter(|row| row.works_for(self.role))
            .filter_map(|row| Some((row, self.ladder.decide(row.id)?)))
            .filter(|(_, found)| found.slot.supported == Supported::NotYet)
    }

    /// The provider that holds because none is set, if it is one that this version cannot read.
    fn default_provider(&self) -> Option<Provider> {
        let provider = self.settings.provider.value?;
        let unread = match OptionId::Provider.row().behaviour {
            Behaviour::There => false,
            Behaviour::LaterFor(words) => words.contains(&provider.shown().as_str()),
        };
        (self.settings.provider.origin == Origin::Default && unread).then_some(provider)
    }

    /// Where another engine does TLS: what it does not know.
    fn others(&self) -> Vec<Finding> {
        let engine = self.engine.to_string();
        let unknown = OPTIONS.iter().filter(|row| {
            row.works_for(self.role) && !knows(self.engine, row) && !self.useless_anyway(row)
        });
        let set = unknown.filter_map(|row| Some((row, self.ladder.decide(row.id)?)));
        set.filter(|(_, found)| !matches!(found.slot.value, Some(Value::Empty)))
            .map(|(row, found)| {
                let place = found.rung.place.clone();
                no_effect::engine(place, &found.slot.spot, row.name, &engine)
            })
            .collect()
    }

    /// An option that does nothing here whatever the engine: a server asks no other server for its certificate.
    fn useless_anyway(&self, row: &OptionRow) -> bool {
        row.id == OptionId::ClientAuth && self.role == Role::Server
    }
}

impl Engine {
    /// Whether the engine goes by an option where it is set; ours goes by each.
    #[must_use]
    pub fn knows(self, option: OptionId) -> bool {
        self == Self::Trustpack || knows(self, option.row())
    }
}

/// Whether an engine that is not ours knows an option.
pub(super) fn knows(engine: Engine, row: &OptionRow) -> bool {
    match (row.origin, row.id, engine) {
        // Which of its stores a program uses is for Windows to say; the option only tells us.
        (OptionOrigin::Ours, OptionId::StoreLocation, Engine::Schannel) => true,
        (OptionOrigin::Ours, _, _) | (_, OptionId::Crl, Engine::Schannel) => false,
        (OptionOrigin::TakenOver, _, _) => true,
    }
}

/// An option as messages name it: with its value where only some values are beyond us.
fn what(row: &OptionRow, found: &Decided<'_, '_>) -> String {
    let value = found.slot.value.as_ref();
    match (row.behaviour, value) {
        (Behaviour::LaterFor(_), Some(value)) => {
            format!("{} = {}", row.name, value.shown(row.values))
        }
        (Behaviour::LaterFor(_) | Behaviour::There, _) => row.name.to_owned(),
    }
}
