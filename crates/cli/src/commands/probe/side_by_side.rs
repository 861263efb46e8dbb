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
            Found::Unreached(_) | Found::Listens(_) | Found::Contact(_) => Some(row.beside()),
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
        let expects_otherwise = self.state == State::NotProbed && self.expected != before.expected;
        self.state != before.state
            || what(self) != what(before)
            || self.shows_another_certificate(before)
            || expects_otherwise
    }

    /// Whether a certificate was seen each time, and another one.
    pub(super) fn shows_another_certificate(&self, before: &Self) -> bool {
        match (&self.certificate, &before.certificate) {
            (Some(now), Some(before)) => now != before,
            (None, _) | (_, None) => false,
        }
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
        table.row(vec![
            endpoint.place.clone(),
            mark(endpoint.state).to_owned(),
            in_short(&endpoint.expected, endpoint),
            in_short(endpoint.found.as_deref().unwrap_or_default(), endpoint),
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

/// The whole words of a text that a table holds, if the others stand below it.
fn in_short(text: &str, endpoint: &EndpointShown) -> String {
    let Some((end, _)) = text.char_indices().nth(CELL_CHARACTERS) else {
        return text.to_owned();
    };
    let cut = text.get(..end).and_then(|begin| begin.rfind(' '));
    let Some((begin, rest)) = cut.and_then(|at| text.split_at_checked(at)) else {
        return text.to_owned();
    };
    let differences = endpoint.differences.iter();
    let below = differences.flat_map(|one| [&one.expected, &one.found]);
    let mut below = below.chain(endpoint.explanation.iter().map(|told| &told.what));
    if below.any(|told| told.contains(rest)) {
        format!("{begin} ...")
    } else {
        text.to_owned()
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    /// An endpoint below whose row this stands.
    fn endpoint(found: Option<&str>, what: Option<&str>) -> EndpointShown {
        let difference = |found: &str| DifferenceShown {
            what: "start".to_owned(),
            expected: "settings and files with which it starts".to_owned(),
            found: found.to_owned(),
        };
        let told = |what: &str| ExplanationShown {
            what: what.to_owned(),
            at: "the server".to_owned(),
            remedy: "mend it".to_owned(),
            sentence: format!("{what}; on the server: mend it"),
            advice: "on the server: mend it".to_owned(),
        };
        EndpointShown {
            place: "Server:default".to_owned(),
            service: None,
            address: None,
            state: State::Different,
            expected: String::new(),
            found: None,
            differences: found.into_iter().map(difference).collect(),
            explanation: what.map(told),
            offers: None,
            certificate: None,
        }
    }

    #[test]
    fn what_a_table_leaves_out_stands_below() {
        let why = "word ".repeat(30);
        let why = why.trim_end();
        let text = format!("not started: {why}");
        let found = format!("the server does not start: {why}");
        for below in [
            endpoint(Some(&found), None),
            endpoint(None, Some(&found)),
            endpoint(Some("works"), Some(&found)),
        ] {
            let cell = in_short(&text, &below);
            let begin = cell.strip_suffix(" ...").expect("it is cut");
            assert!(text.starts_with(begin), "{cell}");
            assert!(begin.len() <= CELL_CHARACTERS, "{cell}");
        }
        // As the certificate of a port of which another thing differs.
        for below in [
            endpoint(None, None),
            endpoint(Some("TLS 1.3"), Some("version")),
        ] {
            assert_eq!(in_short(&text, &below), text);
        }
        let whole = endpoint(Some(&found), None);
        for text in ["works, TLS 1.3", &"x".repeat(200), &"\u{e9} ".repeat(20)] {
            assert_eq!(in_short(text, &whole), text);
        }
    }
}
