//! Reads the fleet file: one text, or the several of a folder.
//!
//! Every value keeps its file, line and column, and every error is found, not only the first. Which
//! options exist and what they mean is not known here ([`crate::resolve`]).
//! Invariant: an error in a text stays with the fleet, so that no endpoint it may concern starts.

pub mod accepting;
mod builder;
mod endpoints;
pub(crate) mod keys;
mod object;
mod objects;
mod repeated;
pub(crate) mod tree;

use crate::finding::Finding;
use crate::findings::{bad_key_value, duplicate_key, empty_fleet, pem_file, syntax, too_much};
use crate::fleet::Fleet;
use crate::lines::Lines;
use crate::place::Place;
use crate::secret::PEM_MARKER;
use objects::Objects;
use tree::{Problem, TooMany};

/// Largest text, in bytes. A fleet of 10,000 hosts and 500,000 connections has 46 MB, and one of twice that, the largest
/// that speed is measured with, fits in as well; more is split over several files.
pub const MAX_FILE_BYTES: usize = 128 * 1024 * 1024;

/// A text and the path it came from.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// The path, as messages show it.
    pub path: &'a str,
    /// The text.
    pub text: &'a str,
}

/// Reads a fleet from its texts. Its findings ([`Fleet::findings`]) hold every error in them.
#[must_use]
pub fn read(sources: &[Source<'_>]) -> Fleet {
    let mut fleet = Fleet::default();
    for source in sources {
        read_one(*source, &mut fleet);
    }
    keep_first(&mut fleet);
    // Where something could not be read, that is what is wrong.
    let empty = fleet.hosts.is_empty() && fleet.applications.is_empty();
    if empty && fleet.findings().next().is_none() {
        let paths: Vec<&str> = sources.iter().map(|source| source.path).collect();
        fleet.findings.push(empty_fleet::found(&paths));
    }
    fleet
}

fn read_one(source: Source<'_>, fleet: &mut Fleet) {
    let size = source.text.len();
    if size > MAX_FILE_BYTES {
        let lines = Lines::new(source.path, "");
        let problem = format!("the file has {size} bytes; at most {MAX_FILE_BYTES} are read");
        fleet
            .findings
            .push(too_much::found(&lines.spot(0..0), &problem));
        return;
    }
    let lines = Lines::new(source.path, source.text);
    // Nothing else is said of such a file: messages about its lines would show parts of a key.
    if let Some(at) = pem_marker(source.text) {
        fleet.findings.push(pem_file::found(&lines.spot(at..at)));
        return;
    }
    let mut objects = Objects::default();
    let mut of_objects = Vec::new();
    let (root, problems) = tree::read_in_pieces(source.text, |root| {
        objects.read_complete(root, &lines, &mut of_objects);
    });
    objects.read_rest(root, &lines, &mut of_objects);
    fleet
        .findings
        .extend(problems.into_iter().map(|problem| finding(problem, &lines)));
    fleet.findings.append(&mut of_objects);
    fleet.unnamed.extend(objects.unnamed);
    fleet.hosts.extend(objects.hosts);
    fleet.applications.extend(objects.applications);
    fleet.acceptances.extend(objects.acceptances);
}

/// Where the first PEM block of a text begins; lines that are comments are left out.
fn pem_marker(text: &str) -> Option<usize> {
    text.match_indices(PEM_MARKER).map(|(at, _)| at).find(|at| {
        let line = text
            .get(..*at)
            .and_then(|before| before.rsplit('\n').next());
        line.is_none_or(|line| !line.trim_start().starts_with('#'))
    })
}

fn finding(problem: Problem, lines: &Lines<'_>) -> Finding {
    match problem {
        Problem::Syntax { bytes, description } => syntax::found(&lines.spot(bytes), &description),
        Problem::Duplicate { bytes, key, first } => duplicate_key::found(
            &lines.spot(bytes),
            &object::quoted(&key),
            &lines.spot(first),
        ),
        Problem::NotATable { bytes, key } => {
            let problem = "it is no table that keys can be added to";
            let key = object::quoted(&key);
            bad_key_value::found(Place::Fleet, &lines.spot(bytes), &key, problem)
        }
        Problem::TooDeep { bytes } => too_much::found(&lines.spot(bytes), &TooMany::Depth.text()),
        Problem::TooManyKeys { bytes } => {
            too_much::found(&lines.spot(bytes), &TooMany::Keys.text())
        }
        Problem::TooManyProblems { bytes } => {
            too_much::found(&lines.spot(bytes), &TooMany::Problems.text())
        }
    }
}

/// Drops hosts and applications whose name an earlier one has, in whichever file.
fn keep_first(fleet: &mut Fleet) {
    let findings = &mut fleet.findings;
    repeated::keep_first(
        &mut fleet.hosts,
        |host| (host.name.value.as_str(), ""),
        |host| (Place::Host(host.name.value.clone()), &host.name.spot),
        findings,
    );
    repeated::keep_first(
        &mut fleet.applications,
        |one| (one.name.value.as_str(), ""),
        |one| (Place::Application(one.name.value.clone()), &one.name.spot),
        findings,
    );
}
