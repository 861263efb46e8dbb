//! What is set for an endpoint and does nothing at it, each with the reason.
//!
//! Not what another level hides, which stands beside the value that hides it. Invariant: nothing that is listed here
//! changes what the endpoint does.

use serde::Serialize;
use trustpack_settings::endpoint::Endpoint;
use trustpack_settings::fleet::Fleet;
use trustpack_settings::resolve::entries::{self, Fate, Idle};

use super::{write_item, written};
use crate::output::{Output, Printed};

/// An entry without effect.
#[derive(Debug, Serialize)]
pub(super) struct WithoutEffectJson {
    entry: String,
    from: String,
    why: String,
}

/// The entries that do nothing at `endpoint`; of plain text, where nothing does anything, none is told.
pub(super) fn of(endpoint: &Endpoint, fleet: &Fleet) -> Vec<WithoutEffectJson> {
    let all = entries::of(endpoint, fleet).into_iter();
    let idle = all.filter_map(|entry| match entry.fate {
        Fate::Idle(Idle::PlainText) => None,
        Fate::Idle(why) => Some(WithoutEffectJson {
            from: format!("{}, {}", written::level(entry.level, endpoint), entry.spot),
            entry: written::in_short(&entry),
            why: why.to_string(),
        }),
        Fate::Counts | Fate::Hidden(_) | Fate::Broken(_) | Fate::OtherPurpose => None,
    });
    idle.collect()
}

/// Writes them under their heading.
pub(super) fn write(entries: &[WithoutEffectJson], out: &mut Output) -> Printed {
    if entries.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    writeln!(out, "set, but without effect here:")?;
    for WithoutEffectJson { entry, from, why } in entries {
        write_item(&format!("{entry} of the {from}: {why}"), out)?;
    }
    Ok(())
}
