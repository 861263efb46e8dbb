//! Reads an export as JSON: hosts and applications with what belongs to them.
//!
//! Invariant: everything below `hosts` and `applications` gives a record or is told as passed over, however deep the text
//! is nested.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::draft::Draft;
use super::records::{Object, Record, Said};
use super::{InvalidExport, Skipped, quoted};
use crate::lines::Lines;
use crate::secret::Secret;
use crate::span::Spot;

/// Puts what `text` says into `draft`.
pub(super) fn read(
    path: &str,
    text: &str,
    draft: &mut Draft,
    skipped: &mut Skipped,
) -> Result<(), InvalidExport> {
    let mut reader = Reader {
        text,
        lines: Lines::new(path, text),
        draft,
        skipped,
    };
    let root: Members<'_> = serde_json::from_str(text).map_err(|error| reader.invalid(&error))?;
    for (key, value) in root.0 {
        let list = match key.as_str() {
            "hosts" => reader.list(value, Reader::host),
            "applications" => reader.list(value, Reader::application),
            _ => {
                let spot = reader.spot(value);
                let what = format!("the list {}", quoted(&key));
                reader
                    .skipped
                    .add(what, "allowed are hosts and applications", &spot);
                Ok(())
            }
        };
        list?;
    }
    Ok(())
}

/// The members of an object in their order, also of one that has a name twice.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;
        impl<'de> Visitor<'de> for Collect {
            type Value = Vec<(String, &'de RawValue)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
                let mut members = Vec::new();
                while let Some(key) = map.next_key()? {
                    members.push((key, map.next_value()?));
                }
                Ok(members)
            }
        }
        deserializer.deserialize_map(Collect).map(Members)
    }
}

struct Reader<'a, 's> {
    text: &'a str,
    lines: Lines<'a>,
    draft: &'s mut Draft,
    skipped: &'s mut Skipped,
}

impl<'a> Reader<'a, '_> {
    fn host(&mut self, members: Vec<(String, &'a RawValue)>, spot: Spot) {
        let Some(name) = self.name(&members, &["name"]) else {
            self.skipped.add("a host", "it has no name", &spot);
            return;
        };
        let object = Object::Host { name };
        self.say(&object, Said::Exists, spot);
        self.members(&object, members, &["name"]);
    }

    fn application(&mut self, members: Vec<(String, &'a RawValue)>, spot: Spot) {
        let Some(name) = self.name(&members, &["name"]) else {
            self.skipped.add("an application", "it has no name", &spot);
            return;
        };
        let object = Object::Application { name: name.clone() };
        self.say(&object, Said::Exists, spot);
        let (ends, members): (Vec<_>, Vec<_>) = members
            .into_iter()
            .partition(|(key, _)| matches!(key.as_str(), "ports" | "connections"));
        self.members(&object, members, &["name"]);
        for (key, value) in ends {
            let ports = key == "ports";
            let what = format!("{} of {object}", quoted(&key));
            self.objects(value, &what, |reader, end, spot| {
                if ports {
                    reader.port(&name, end, spot);
                } else {
                    reader.connection(&name, end, spot);
                }
            });
        }
    }

    fn port(&mut self, application: &str, members: Vec<(String, &'a RawValue)>, spot: Spot) {
        let id = self.name(&members, &["id"]).unwrap_or_default();
        let application = application.to_owned();
        let object = Object::Port { application, id };
        self.say(&object, Said::Exists, spot);
        self.members(&object, members, &["id"]);
    }

    fn connection(&mut self, application: &str, members: Vec<(String, &'a RawValue)>, spot: Spot) {
        let Some(to) = self.name(&members, &["to", "server"]) else {
            let what = format!("a connection of {}", quoted(application));
            self.skipped.add(what, "it has no target (to)", &spot);
            return;
        };
        let object = Object::Connection {
            application: application.to_owned(),
            to,
            port: self.name(&members, &["port"]).unwrap_or_default(),
        };
        self.say(&object, Said::Exists, spot);
        self.members(&object, members, &["to", "server", "port"]);
    }

    /// The members of an object but those that name it. `options` come before `annex`, wherever they stand.
    fn members(&mut self, object: &Object, members: Vec<(String, &'a RawValue)>, names: &[&str]) {
        self.names_said_again(object, &members, names);
        let (annex, others): (Vec<_>, Vec<_>) =
            members.into_iter().partition(|(key, _)| key == "annex");
        for (key, value) in others.into_iter().chain(annex) {
            let spot = self.spot(value);
            match key.as_str() {
                key if names.contains(&key) => {}
                "options" | "annex" => self.sections(object, &key, value),
                "security" => self.section(object, &key, value),
                _ => match scalars(value) {
                    Some(Scalars::Null) => {}
                    Some(Scalars::Text(text)) => {
                        self.say(object, Said::attribute(&key, text.expose()), spot);
                    }
                    None => {
                        let what = format!("{} of {object}", quoted(&key));
                        self.skipped
                            .add(what, "it is no text and no list of texts", &spot);
                    }
                },
            }
        }
    }

    /// Tells the members that would name the object once more: the first one has named it.
    fn names_said_again(
        &mut self,
        object: &Object,
        members: &[(String, &'a RawValue)],
        names: &[&str],
    ) {
        let mut said = BTreeSet::new();
        for (key, value) in members {
            // Two words for one thing.
            let name = match key.as_str() {
                "server" => "to",
                key => key,
            };
            if names.contains(&key.as_str()) && !said.insert(name) {
                let what = format!("another {} of {object}", quoted(key));
                let spot = self.spot(value);
                self.skipped.add(what, "the first one counts", &spot);
            }
        }
    }

    fn sections(&mut self, object: &Object, key: &str, value: &'a RawValue) {
        let Some(sections) = members_of(value) else {
            let what = format!("{} of {object}", quoted(key));
            let spot = self.spot(value);
            self.skipped.add(what, "it is no object of sections", &spot);
            return;
        };
        for (section, options) in sections {
            self.section(object, &section, options);
        }
    }

    fn section(&mut self, object: &Object, section: &str, value: &'a RawValue) {
        let Some(options) = members_of(value) else {
            let what = format!("the section {} of {object}", quoted(section));
            let spot = self.spot(value);
            self.skipped.add(what, "it is no object of options", &spot);
            return;
        };
        for (name, value) in options {
            let spot = self.spot(value);
            match scalars(value) {
                Some(Scalars::Text(value)) => {
                    let section = section.to_owned();
                    self.say(
                        object,
                        Said::Option {
                            section,
                            name,
                            value,
                        },
                        spot,
                    );
                }
                Some(Scalars::Null) | None => {
                    let what = format!("the option {} of {object}", quoted(&name));
                    self.skipped.add(what, "its value is no text", &spot);
                }
            }
        }
    }

    /// Each object of a list, given to `take`.
    fn list(
        &mut self,
        value: &'a RawValue,
        take: fn(&mut Self, Vec<(String, &'a RawValue)>, Spot),
    ) -> Result<(), InvalidExport> {
        if !value.get().starts_with('[') {
            let problem = "it must be a list of objects".to_owned();
            let at = self.spot(value);
            return Err(InvalidExport::Json { at, problem });
        }
        self.objects(value, "an entry of a list", take);
        Ok(())
    }

    /// Each object of a list, given to `take` one after the other; what else is in it is passed over.
    fn objects(
        &mut self,
        value: &'a RawValue,
        what: &str,
        take: impl Fn(&mut Self, Vec<(String, &'a RawValue)>, Spot),
    ) {
        let Ok(items) = serde_json::from_str::<Vec<&'a RawValue>>(value.get()) else {
            let spot = self.spot(value);
            self.skipped.add(what, "it is no list", &spot);
            return;
        };
        for item in items {
            let spot = self.spot(item);
            match members_of(item) {
                Some(members) => take(self, members, spot),
                None => self.skipped.add(what, "it is no object", &spot),
            }
        }
    }

    /// The text of the first of these members that is there.
    fn name(&self, members: &[(String, &'a RawValue)], keys: &[&str]) -> Option<String> {
        let (_, value) = members
            .iter()
            .find(|(key, _)| keys.contains(&key.as_str()))?;
        match scalars(value)? {
            Scalars::Text(text) => Some(text.expose().to_owned()),
            Scalars::Null => None,
        }
    }

    fn say(&mut self, object: &Object, said: Said, spot: Spot) {
        let object = object.clone();
        self.draft.take(Record { object, said, spot }, self.skipped);
    }

    fn spot(&self, value: &RawValue) -> Spot {
        // A raw value is a piece of the text it was read from.
        let start = value.get().as_ptr().addr() - self.text.as_ptr().addr();
        self.lines.spot(start..start + value.get().len())
    }

    fn invalid(&self, error: &serde_json::Error) -> InvalidExport {
        let before: usize = self
            .text
            .split_inclusive('\n')
            .take(error.line().saturating_sub(1))
            .map(str::len)
            .sum();
        // The column counts octets, and points behind what was read last.
        let mut at = (before + error.column().saturating_sub(1)).min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        let said = error.to_string();
        let problem = said
            .rsplit_once(" at line ")
            .map_or(said.as_str(), |(problem, _)| problem);
        InvalidExport::Json {
            at: self.lines.spot(at..at),
            problem: trustpack_x509::name::printable(problem),
        }
    }
}

/// The members of a value, if it is an object.
fn members_of(value: &RawValue) -> Option<Vec<(String, &RawValue)>> {
    let members: Members<'_> = serde_json::from_str(value.get()).ok()?;
    Some(members.0)
}

/// What a value says as text.
enum Scalars {
    Null,
    Text(Secret),
}

/// A string, a number or a truth value; a list of them, separated by commas.
fn scalars(value: &RawValue) -> Option<Scalars> {
    let text = value.get();
    match text.as_bytes().first()? {
        b'"' => {
            let text: zeroize::Zeroizing<String> =
                serde_json::from_str::<String>(text).ok()?.into();
            Some(Scalars::Text(Secret::new(&text)))
        }
        b'n' => Some(Scalars::Null),
        b'{' => None,
        b'[' => {
            let items: Vec<&RawValue> = serde_json::from_str(text).ok()?;
            // Lists in lists say nothing that an object has.
            let flat = items.iter().all(|item| !item.get().starts_with(['[', '{']));
            let texts = items.into_iter().filter(|_| flat).map(scalars);
            let texts: Vec<Secret> = texts
                .map(|scalar| match scalar {
                    Some(Scalars::Text(text)) => Some(text),
                    Some(Scalars::Null) | None => None,
                })
                .collect::<Option<_>>()?;
            let texts: Vec<&str> = texts.iter().map(Secret::expose).collect();
            flat.then(|| Scalars::Text(Secret::new(&texts.join(","))))
        }
        _ => Some(Scalars::Text(Secret::new(text))),
    }
}
