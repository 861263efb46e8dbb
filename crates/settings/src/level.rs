//! The options that one level sets: its entries, each found in the options table and read.
//!
//! Not here: which level wins ([`crate::resolve`]). Invariant: every error in an entry is either a
//! finding of the level or kept in the slot of the option it spoils, so that who would take the option
//! from there learns of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::acceptances::Acceptances;
use crate::belonging;
use crate::finding::Finding;
use crate::findings::{
    alias_conflict, any_version, bad_value, blank_in_transport, broken_version, invisible_marks,
    near_option, no_effect, parameter_without_value, relative_path, repeated_parameter, too_much,
    unknown_option, value_case, wrong_case_option,
};
use crate::fleet::{Entry, EntryForm};
use crate::option_name::{self, Known, Meaning};
use crate::options::{self, Above, Endpoints, OptionId, OptionRow};
use crate::parse::{self, Context, InvalidValue, NoThumbprint, PathBase, Supported, Value};
use crate::place::Place;
use crate::span::Spot;
use crate::value::own_certificate::Cleaned;
use crate::value::{LowestVersion, Provider, Shown};

/// What kind of place a level is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Port,
    Connection,
    /// The own file of an application, which speaks for its endpoints too.
    OwnFile,
    Application,
    Host,
}

/// An option at one level.
#[derive(Clone, Debug)]
pub(crate) struct Slot {
    /// Its value, if it could be read.
    pub(crate) value: Option<Value>,
    /// Where it stands.
    pub(crate) spot: Spot,
    /// Where its value stands.
    pub(crate) value_spot: Spot,
    /// Whether our engine can do what it asks for.
    pub(crate) supported: Supported,
    /// What is wrong with it: whoever takes the option from here has this error.
    pub(crate) error: Option<Arc<Finding>>,
    /// Whether the option counts as set here.
    pub(crate) counts: Counts,
}

/// Whether an entry counts as setting its option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counts {
    AsSet,
    /// Its name is in the wrong case.
    AsNotSet,
}

/// What a level sets, and what was found while reading it.
#[derive(Clone, Debug, Default)]
pub(crate) struct LevelValues {
    pub(crate) slots: BTreeMap<OptionId, Slot>,
    pub(crate) findings: Vec<Arc<Finding>>,
    /// Names that are none of an option and close to one.
    pub(crate) near: Vec<Near>,
}

/// A name that is none of an option and close to one.
#[derive(Clone, Debug)]
pub(crate) struct Near {
    pub(crate) option: OptionId,
    pub(crate) written: String,
    pub(crate) spot: Spot,
}

/// Which level is read, and what decides how its values are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Where<'a> {
    pub(crate) kind: Kind,
    pub(crate) place: &'a Place,
    /// Where relative paths start.
    pub(crate) base: PathBase<'a>,
    /// The provider if the level names none.
    pub(crate) provider: Provider,
}

/// Reads the entries of the level that `at` describes.
pub(crate) fn read(entries: &[Entry], at: Where<'_>, acceptances: &Acceptances) -> LevelValues {
    // The credentials of a level come together, so its own provider decides what its paths are.
    let provider = entries
        .iter()
        .filter(|entry| entry.form == EntryForm::Good)
        .filter_map(|entry| provider_of(entry, at))
        .next()
        .unwrap_or(at.provider);
    let mut reader = Reader {
        kind: at.kind,
        place: at.place,
        context: Context {
            base: at.base,
            provider,
        },
        acceptances,
        values: LevelValues::default(),
        written: BTreeMap::new(),
    };
    for entry in entries {
        reader.entry(entry);
    }
    reader.values
}

/// The provider, if the entry names one.
fn provider_of(entry: &Entry, at: Where<'_>) -> Option<Provider> {
    let row = options::by_name(&entry.name).filter(|row| row.id == OptionId::Provider)?;
    let context = Context {
        base: at.base,
        provider: at.provider,
    };
    let parsed = parse::parse(row, entry.value.expose(), context).ok()?;
    parsed.value.provider()
}

impl LevelValues {
    /// Whether they only say whether TLS is spoken, without a mistake.
    pub(crate) fn say_only_whether(&self) -> bool {
        self.slots.iter().all(|(option, slot)| {
            matches!(option, OptionId::Tls | OptionId::Upgrade) && slot.error.is_none()
        }) && self.near.is_empty()
    }

    /// The slot of an option that counts as set.
    pub(crate) fn set(&self, option: OptionId) -> Option<&Slot> {
        self.slots
            .get(&option)
            .filter(|slot| slot.counts == Counts::AsSet)
    }
}

struct Reader<'a> {
    kind: Kind,
    place: &'a Place,
    context: Context<'a>,
    acceptances: &'a Acceptances,
    values: LevelValues,
    /// The entry that set each option so far.
    written: BTreeMap<OptionId, &'a Entry>,
}

impl<'a> Reader<'a> {
    fn entry(&mut self, entry: &'a Entry) {
        let place = self.place.clone();
        let spot = &entry.name_spot;
        match &entry.form {
            EntryForm::Good => self.good(entry),
            EntryForm::Blank { mended } => {
                self.found(blank_in_transport::found(place, spot, &entry.name, mended));
            }
            EntryForm::NoValue => {
                self.found(parameter_without_value::found(place, spot, &entry.name));
            }
            EntryForm::Repeated { first } => {
                self.found(repeated_parameter::found(place, spot, &entry.name, first));
            }
            EntryForm::Beyond { count } => {
                self.found(too_much::parameters(place, spot, *count));
            }
        }
    }

    fn good(&mut self, entry: &'a Entry) {
        let (place, spot, name) = (self.place.clone(), &entry.name_spot, entry.name.as_str());
        match option_name::meaning(name) {
            Meaning::Option(row) => self.option(row, entry),
            Meaning::OtherPurpose => {}
            Meaning::WrongCase(right) => self.wrong_case(right, entry),
            Meaning::Near(nearest) => {
                self.values.near.push(Near {
                    option: nearest.row.id,
                    written: name.to_owned(),
                    spot: spot.clone(),
                });
                self.found(near_option::found(place, spot, name, nearest.name));
            }
            Meaning::Unknown => {
                let home = belonging::of_key_as_option(name);
                self.found(unknown_option::found(place, spot, name, home.as_deref()));
            }
        }
    }

    fn wrong_case(&mut self, right: Known, entry: &Entry) {
        let (place, spot, name) = (self.place.clone(), &entry.name_spot, entry.name.as_str());
        let finding = self.found(wrong_case_option::found(place, spot, name, right.name));
        // Where the option would have no effect in the right case either, nobody misses it.
        if without_effect(self.kind, right.row).is_some() {
            return;
        }
        // An entry in the right case stands, whichever comes first.
        let slots = self.values.slots.entry(right.row.id);
        slots.or_insert_with(|| Slot {
            value: None,
            spot: spot.clone(),
            value_spot: entry.value_spot.clone(),
            supported: Supported::Yes,
            error: Some(finding),
            counts: Counts::AsNotSet,
        });
    }

    fn option(&mut self, row: &'static OptionRow, entry: &'a Entry) {
        let place = self.place.clone();
        if let Some((here, works)) = without_effect(self.kind, row) {
            self.found(no_effect::found(
                place,
                &entry.name_spot,
                row.name,
                here,
                works,
            ));
            return;
        }
        if let Some(first) = self.written.get(&row.id) {
            // Only the two names of one option lead here; equal names have been sorted out before.
            if first.value != entry.value {
                let (other, first) = (first.name.clone(), first.name_spot.clone());
                let spot = &entry.name_spot;
                let error = self.found(alias_conflict::found(
                    place,
                    spot,
                    &entry.name,
                    &other,
                    &first,
                ));
                self.spoil(row.id, error);
            }
            return;
        }
        self.written.insert(row.id, entry);
        let slot = match parse::parse(row, entry.value.expose(), self.context) {
            Ok(parsed) => self.read_value(row, entry, parsed),
            Err(error) => {
                let finding = self.invalid(row, entry, &error);
                Slot {
                    value: None,
                    spot: entry.name_spot.clone(),
                    value_spot: entry.value_spot.clone(),
                    supported: Supported::Yes,
                    error: Some(self.found(finding)),
                    counts: Counts::AsSet,
                }
            }
        };
        self.values.slots.insert(row.id, slot);
    }

    fn invalid(&self, row: &OptionRow, entry: &Entry, error: &InvalidValue) -> Finding {
        let (place, spot) = (self.place.clone(), &entry.value_spot);
        if let InvalidValue::Word { .. } = error
            && let Some(sign) = other_separator(entry.value.expose())
        {
            return bad_value::found(place, spot, row.name, &error.to_string()).with_remedy(
                format!("write ; and no blank between parameters, where {sign} stands now"),
            );
        }
        match error {
            InvalidValue::Relative { path } => relative_path::found(place, spot, row.name, path),
            InvalidValue::Word {
                near: Some(near), ..
            } => bad_value::found(place, spot, row.name, &error.to_string())
                .with_remedy(format!("write {near:?} if that was meant")),
            InvalidValue::Thumbprint {
                kind: NoThumbprint::Path,
                ..
            } => bad_value::found(place, spot, row.name, &error.to_string()).with_remedy(
                "name the certificate by its thumbprint, or set provider to PEM, PKCS12 or JKS if it is in a file",
            ),
            InvalidValue::Thumbprint {
                kind: NoThumbprint::Other,
                ..
            }
            | InvalidValue::Word { near: None, .. }
            | InvalidValue::Empty { .. }
            | InvalidValue::TooLong { .. }
            | InvalidValue::Path(_)
            | InvalidValue::EmptyPath { .. }
            | InvalidValue::TooManyPaths { .. }
            | InvalidValue::Environment
            | InvalidValue::Ciphers { .. }
            | InvalidValue::TokenUri(_)
            | InvalidValue::EmptyAlias { .. }
            | InvalidValue::Freshness(_)
            | InvalidValue::Names(_)
            | InvalidValue::Day { .. } => {
                bad_value::found(place, spot, row.name, &error.to_string())
            }
        }
    }

    /// Findings about a value that could be read.
    fn read_value(&mut self, row: &OptionRow, entry: &Entry, parsed: parse::Parsed) -> Slot {
        let place = || self.place.clone();
        let spot = &entry.value_spot;
        let mut findings = Vec::new();
        if let Some(right) = parsed.taken_as {
            let written = entry.value.expose();
            findings.push(value_case::found(place(), spot, row.name, written, right));
        }
        if parsed.cleaned == Cleaned::InvisibleMarks {
            let cleaned = parsed.value.shown(row.values);
            findings.push(invisible_marks::found(place(), spot, row.name, &cleaned));
        }
        if let Value::Lowest(version) = parsed.value {
            match version {
                LowestVersion::Any => findings.push(any_version::found(place(), spot)),
                LowestVersion::Ssl3 | LowestVersion::Tls10 | LowestVersion::Tls11 => {
                    findings.push(broken_version::found(place(), spot, &version.shown()));
                }
                LowestVersion::Unsaid | LowestVersion::Tls12 | LowestVersion::Tls13 => {}
            }
        }
        for finding in findings {
            self.found(finding);
        }
        Slot {
            value: Some(parsed.value),
            spot: entry.name_spot.clone(),
            value_spot: entry.value_spot.clone(),
            supported: parsed.behaviour,
            error: None,
            counts: Counts::AsSet,
        }
    }

    fn spoil(&mut self, option: OptionId, error: Arc<Finding>) {
        if let Some(slot) = self.values.slots.get_mut(&option) {
            slot.value = None;
            slot.error = Some(error);
        }
    }

    fn found(&mut self, finding: Finding) -> Arc<Finding> {
        let finding = Arc::new(self.acceptances.mark(finding));
        self.values.findings.push(Arc::clone(&finding));
        finding
    }
}

/// What kind of place this is and where the option works, if it has no effect here.
pub(crate) fn without_effect(kind: Kind, row: &OptionRow) -> Option<(&'static str, &'static str)> {
    match (kind, row.endpoints, row.above) {
        (Kind::Port, Endpoints::Connections, _) => Some(("a port", "a connection")),
        (Kind::Connection, Endpoints::Ports, _) => Some(("a connection", "a port")),
        (Kind::Application, _, Above::Neither) => Some(("an application", "an endpoint")),
        (Kind::Host, _, Above::Neither) => Some(("a host", "an endpoint")),
        (Kind::Port, Endpoints::Both | Endpoints::Ports, _)
        | (Kind::Connection, Endpoints::Both | Endpoints::Connections, _)
        | (Kind::OwnFile, _, _)
        | (Kind::Application | Kind::Host, _, Above::ApplicationAndHost) => None,
    }
}

/// What stands between a value and the next parameter, where `;` should be.
fn other_separator(value: &str) -> Option<&'static str> {
    const SIGNS: [(char, &str); 5] = [
        (',', "a comma"),
        ('\t', "a tab"),
        (' ', "a blank"),
        ('&', "&"),
        ('|', "|"),
    ];
    let (at, word) = SIGNS
        .iter()
        .filter_map(|(sign, word)| Some((value.find(*sign)?, *word)))
        .min()?;
    // Each of them is one octet.
    let next = value.get(at.saturating_add(1)..)?.split_once('=')?.0;
    options::by_name(next.trim()).map(|_| word)
}
