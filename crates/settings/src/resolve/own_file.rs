//! The own file of an application, as a level of its endpoints.
//!
//! Invariant: a file that is unknown, or of which any line is unclear, gives an error for every endpoint of its
//! application.

use std::sync::Arc;

use super::collector::Collector;
use crate::finding::{Finding, Severity};
use crate::findings::own_file;
use crate::fleet::OwnFile;
use crate::level::{self, Kind, LevelValues, Where};
use crate::parse::PathBase;
use crate::place::Place;
use crate::span::Located;
use crate::value::{AbsolutePath, Provider};

/// Reads what is `known` of the own file `named` by the application at `place`. The second part is what keeps all
/// endpoints of the application from starting.
pub(crate) fn read(
    named: &Located<AbsolutePath>,
    known: Option<&OwnFile>,
    place: &Place,
    provider: Provider,
    collector: &mut Collector<'_>,
) -> (Option<LevelValues>, Vec<Arc<Finding>>) {
    let file = match known {
        Some(OwnFile::Read(file)) => file,
        Some(OwnFile::Unread { why }) => return (None, vec![unread(named, place, why, collector)]),
        None => {
            let why = "nobody said where the files of its host are";
            return (None, vec![unread(named, place, why, collector)]);
        }
    };
    let mut found: Vec<Arc<Finding>> = file
        .findings(place)
        .into_iter()
        .map(|finding| collector.add(finding))
        .collect();
    let at = Where {
        kind: Kind::OwnFile,
        place,
        base: PathBase::Nowhere,
        provider,
    };
    let values = level::read(&file.entries(), at, collector.acceptances());
    collector.share(&values.findings);
    // An error in a value spoils its option and is kept with it; one in the form of a string has no option.
    let in_slots = |finding: &Arc<Finding>| {
        let mut slots = values.slots.values();
        slots.any(|slot| slot.error.as_ref() == Some(finding))
    };
    let loose = values.findings.iter().filter(|finding| !in_slots(finding));
    found.extend(loose.cloned());
    found.retain(|finding| finding.severity() == Severity::Error);
    (Some(values), found)
}

fn unread(
    named: &Located<AbsolutePath>,
    place: &Place,
    why: &str,
    collector: &mut Collector<'_>,
) -> Arc<Finding> {
    let path = named.value.to_string();
    collector.add(own_file::found(place.clone(), &named.spot, &path, why))
}
