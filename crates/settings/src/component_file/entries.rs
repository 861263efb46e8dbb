//! What a component file says of TLS: entries as any level has them, and findings.
//!
//! Invariant: an assignment that counts gives at most one entry, and one that does not count has a finding.

use super::ini::SECURITY;
use super::variables::{nearest, option_of};
use super::{Assignment, ComponentFile, Content, Form};
use crate::finding::Finding;
use crate::findings::{assigned_twice, component_line, near_option, written_twice};
use crate::fleet::{Entry, EntryForm};
use crate::place::Place;
use crate::secret::Secret;
use crate::span::Spot;
use crate::transport;

/// The name whose value is a string of transport parameters.
const TRANSPORT: &str = "transport";

impl ComponentFile {
    /// The TLS options of the file: of `[security]`, and of `transport` in any section; of one that is run, of the
    /// variables that are options. Of two equal names the first one counts; of variables the last.
    #[must_use]
    pub fn entries(&self) -> Vec<Entry> {
        let mut entries = match self.form {
            Form::Ini => self.of_sections(),
            Form::Shell | Form::Batch => self.of_variables(),
        };
        // What stands in `transport` and beside it is one list of options.
        let mut first: std::collections::BTreeMap<String, Spot> = std::collections::BTreeMap::new();
        for entry in entries
            .iter_mut()
            .filter(|entry| entry.form == EntryForm::Good)
        {
            match first.get(&entry.name) {
                Some(first) => {
                    let first = first.clone();
                    entry.form = EntryForm::Repeated { first };
                }
                None => {
                    first.insert(entry.name.clone(), entry.name_spot.clone());
                }
            }
        }
        entries
    }

    fn of_sections(&self) -> Vec<Entry> {
        let mut entries = Vec::new();
        for assignment in self.counting() {
            let Content::Plain(value) = &assignment.content else {
                continue;
            };
            let security = assignment.section.as_deref() == Some(SECURITY);
            // Elsewhere the name may mean something else: `transport = udp`.
            if assignment.name == TRANSPORT && (security || value.expose().contains('=')) {
                entries.extend(transport::read(value.expose(), |start, end| {
                    within(&assignment.value_spot, value.expose(), start, end)
                }));
            } else if security {
                entries.push(entry(&assignment.name, value, assignment));
            }
        }
        entries
    }

    fn of_variables(&self) -> Vec<Entry> {
        let of_option = |assignment: &Assignment| {
            let option = option_of(self.form, &assignment.name)?;
            match &assignment.content {
                Content::Plain(value) => Some(entry(option, value, assignment)),
                Content::Computed => None,
            }
        };
        self.counting().filter_map(of_option).collect()
    }

    /// The assignments that count for their names.
    fn counting(&self) -> impl Iterator<Item = &Assignment> {
        let all = self.assignments.iter().enumerate();
        all.filter(|(index, a)| a.counting == *index)
            .map(|(_, a)| a)
    }
}

fn entry(name: &str, value: &Secret, assignment: &Assignment) -> Entry {
    Entry {
        name: name.to_owned(),
        name_spot: assignment.name_spot.clone(),
        value: value.clone(),
        value_spot: assignment.value_spot.clone(),
        form: EntryForm::Good,
    }
}

/// A range of a value, as a spot of the file it stands in.
fn within(value: &Spot, text: &str, start: usize, end: usize) -> Spot {
    let Some(at) = value.location() else {
        return value.clone();
    };
    let before = text.get(..start).unwrap_or_default().chars().count();
    let mut part = at.clone();
    part.column = part
        .column
        .saturating_add(u32::try_from(before).unwrap_or(u32::MAX));
    part.end = at.start + end;
    part.start = at.start + start;
    Spot::File(part)
}

pub(super) fn findings(file: &ComponentFile, place: &Place) -> Vec<Finding> {
    let mistakes = file.mistakes.iter();
    let mut findings: Vec<Finding> = mistakes
        .map(|(spot, mistake)| component_line::found(place.clone(), spot, &mistake.to_string()))
        .collect();
    for (index, assignment) in file.assignments.iter().enumerate() {
        let counting = file.assignments.get(assignment.counting);
        let other = counting.filter(|_| assignment.counting != index);
        let (spot, name) = (&assignment.name_spot, assignment.name.as_str());
        match (file.form, other) {
            (Form::Ini, Some(first)) => {
                findings.push(written_twice::found(
                    place.clone(),
                    spot,
                    name,
                    &first.name_spot,
                ));
            }
            (Form::Ini, None) => {}
            (Form::Shell | Form::Batch, other) => {
                let option = option_of(file.form, name);
                if let (Some(_), Some(last)) = (option, other) {
                    let last = &last.name_spot;
                    findings.push(assigned_twice::found(place.clone(), spot, name, last));
                }
                if let (None, Some(near)) = (option, nearest(name)) {
                    findings.push(near_option::found(place.clone(), spot, name, &near));
                }
            }
        }
    }
    findings
}
