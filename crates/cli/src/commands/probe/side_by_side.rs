//! What was expected beside what was found, for people and as the document of `--json`.

use serde::Serialize;
use trustpack_probe::comparison::{Difference, Found};
use trustpack_probe::contact::Takes;
use trustpack_probe::expected::Expected;
use trustpack_probe::judgement::Presented;

use super::fleet::{FleetProbe, Probed, Row};
use super::offers::OffersShown;
use super::one::Connecting;
use super::report::ExplanationShown;
use crate::failure::{Answer, Failure};
use crate::finding_report::counted;
use crate::output::{Output, Printed};
use crate::session::{self, Session};
use crate::table::Table;

/// The document.
#[derive(Debug, Serialize)]
struct Document {
    at: String,
    endpoints: Vec<EndpointShown>,
    as_expected: usize,
    different: usize,
    not_probed: usize,
}

/// One endpoint.
#[derive(Clone, Debug, Serialize)]
pub(super) struct EndpointShown {
    pub(super) place: String,
    pub(super) service: Option<String>,
    /// Where it answered.
    pub(super) address: Option<String>,
    pub(super) state: State,
    pub(super) expected: String,
    pub(super) found: Option<String>,
    pub(super) differences: Vec<DifferenceShown>,
    pub(super) explanation: Option<ExplanationShown>,
    /// What it takes beside what was agreed, if that was asked.
    pub(super) offers: Option<OffersShown>,
    /// The thumbprint of its certificate, for changes.
    #[serde(skip)]
    certificate: Option<String>,
}

/// How the two compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum State {
    AsExpected,
    Different,
    NotProbed,
}

/// One thing that is not as expected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct DifferenceShown {
    pub(super) what: String,
    pub(super) expected: String,
    pub(super) found: String,
}

/// Asks once and prints all.
///
/// # Errors
///
/// As [`FleetProbe::ask`], and when nothing can be printed.
pub(super) fn run(
    probe: &FleetProbe,
    json: bool,
    session: &mut Session,
) -> Result<Answer, Failure> {
    let probed = probe.ask(&Connecting::start()?, session.now)?;
    let endpoints = shown(&probed);
    let count = |state| endpoints.iter().filter(|one| one.state == state).count();
    let document = Document {
        at: session.now.to_string(),
        as_expected: count(State::AsExpected),
        different: count(State::Different),
        not_probed: count(State::NotProbed),
        endpoints,
    };
    if json {
        session.out.json(&document)?;
    } else {
        write(&document, &mut session.out)?;
    }
    session.out.flush()?;
    for warning in probed.warnings {
        session::warn(warning);
    }
    Ok(if document.different == 0 {
        Answer::Done
    } else {
        Answer::No
    })
}

/// Each endpoint as it is shown.
pub(super) fn shown(probed: &Probed) -> Vec<EndpointShown> {
    probed.rows.iter().map(EndpointShown::new).collect()
}

impl EndpointShown {
    fn new(row: &Row) -> Self {
        let state = match (&row.expected, &row.found, &row.differences[..]) {
            (_, _, [_, ..]) => State::Different,
            (Expected::NotProbed(_), _, []) | (_, Found::NotAsked, []) => State::NotProbed,
            (_, _, []) => State::AsExpected,
        };
        let found = match row.found {
            Found::NotAsked => None,
            Found::Unreached(_) | Found::Listens(_) | Found::Contact(_) => {
                Some(row.found.beside(&row.expected, row.asked_as))
            }
        };
        Self {
            place: row.place.to_string(),
            service: row.service.clone(),
            address: row.found.address().map(|address| address.to_string()),
            state,
            expected: row.expected.to_string(),
            found,
            differences: row.differences.iter().map(DifferenceShown::from).collect(),
            explanation: row.explanation.as_ref().map(ExplanationShown::from),
            offers: match row.found.contact().map(|contact| &contact.takes) {
                Some(Takes::Offers(offers)) => Some(OffersShown::from(&**offers)),
                Some(Takes::NotAsked | Takes::AtMost(_)) | None => None,
            },
            certificate: row.found.contact().and_then(|contact| {
                let presented = Presented::read(contact.presented())?.ok()?;
                Some(presented.leaf.thumbprint())
            }),
        }
    }

    /// Whether somebody who watches should hear of it: not of another address of the same service, nor of other words for
    /// the same.
    pub(super) fn differs_from(&self, before: &Self) -> bool {
        fn what(one: &EndpointShown) -> Vec<&str> {
            one.differences.iter().map(|one| &*one.what).collect()
        }
        let certificate = match (&self.certificate, &before.certificate) {
            (Some(now), Some(before)) => now != before,
            (None, _) | (_, None) => false,
        };
        let expects_otherwise = self.state == State::NotProbed && self.expected != before.expected;
        self.state != before.state || what(self) != what(before) || certificate || expects_otherwise
    }

    /// The same endpoint when the fleet has it no more.
    pub(super) fn gone(&self) -> Self {
        Self {
            place: self.place.clone(),
            service: None,
            address: None,
            state: State::NotProbed,
            expected: "not probed: the fleet has it no more".to_owned(),
            found: None,
            differences: Vec::new(),
            explanation: None,
            offers: None,
            certificate: None,
        }
    }
}

impl From<&Difference> for DifferenceShown {
    fn from(difference: &Difference) -> Self {
        Self {
            what: difference.what.to_string(),
            expected: difference.expected.clone(),
            found: difference.found.clone(),
        }
    }
}

fn write(document: &Document, out: &mut Output) -> Printed {
    let mut table = Table::new(&["place", "", "expected", "found"]);
    for endpoint in &document.endpoints {
        // Below it stands in full.
        let is_below = !endpoint.differences.is_empty();
        let cell = |text: &str| match is_below {
            true => in_short(text),
            false => text.to_owned(),
        };
        table.row(vec![
            endpoint.place.clone(),
            mark(endpoint.state).to_owned(),
            cell(&endpoint.expected),
            cell(endpoint.found.as_deref().unwrap_or_default()),
        ]);
    }
    if !document.endpoints.is_empty() {
        table.write(out)?;
        writeln!(out)?;
    }
    for endpoint in &document.endpoints {
        write_differences(endpoint, out)?;
    }
    writeln!(
        out,
        "{} as expected, {} not, {} not probed",
        counted(document.as_expected, "endpoint"),
        document.different,
        document.not_probed
    )
}

/// How much of a text a table holds, so that its columns stand side by side.
const CELL_CHARACTERS: usize = 100;

/// The whole words of a text that a table holds.
fn in_short(text: &str) -> String {
    let Some((end, _)) = text.char_indices().nth(CELL_CHARACTERS) else {
        return text.to_owned();
    };
    let begin = text.get(..end).unwrap_or(text);
    let words = begin.rsplit_once(' ').map_or(begin, |(words, _)| words);
    format!("{words} ...")
}

/// What is not as expected at an endpoint.
pub(super) fn write_differences(endpoint: &EndpointShown, out: &mut Output) -> Printed {
    let nothing = endpoint.differences.is_empty() && endpoint.explanation.is_none();
    if nothing && endpoint.offers.is_none() {
        return Ok(());
    }
    writeln!(out, "{}", endpoint.place)?;
    for difference in &endpoint.differences {
        let DifferenceShown {
            what,
            expected,
            found,
        } = difference;
        writeln!(out, "  {what}: expected: {expected}")?;
        writeln!(out, "  {:1$}  found: {found}", "", what.len())?;
    }
    if let Some(explanation) = &endpoint.explanation {
        writeln!(out, "  {}", beside(&endpoint.differences, explanation))?;
    }
    if let Some(offers) = &endpoint.offers {
        writeln!(out, "  {}", offers.in_short())?;
    }
    writeln!(out)
}

/// The sentence, without what stands above it among the differences.
fn beside(differences: &[DifferenceShown], explanation: &ExplanationShown) -> String {
    let ExplanationShown {
        what,
        sentence,
        advice,
        ..
    } = explanation;
    for DifferenceShown { found, .. } in differences {
        if found.ends_with(what) || what.ends_with(found) {
            return advice.clone();
        }
        // That it does not start, and why.
        if let Some((_, why)) = what.split_once(": ")
            && found.ends_with(why)
        {
            return advice.clone();
        }
        let parts = what.match_indices(": ");
        let known = parts.filter_map(|(at, between)| {
            let (begin, rest) = what.split_at_checked(at)?;
            found.ends_with(begin).then(|| rest.strip_prefix(between))?
        });
        if let Some(rest) = known.last() {
            return format!("{rest}; {advice}");
        }
    }
    sentence.clone()
}

fn mark(state: State) -> &'static str {
    match state {
        State::AsExpected => "ok",
        State::Different => "differs",
        State::NotProbed => "-",
    }
}
