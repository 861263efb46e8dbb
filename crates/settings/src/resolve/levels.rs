//! Findings about levels: what stands at one and does not count, or should stand at another.
//!
//! Invariant: nothing here changes a value; it only tells what the ladder decided.

use super::ladder::{Ladder, Rung, block_options};
use super::site::Site;
use crate::endpoint::{Level, Role};
use crate::finding::Finding;
use crate::findings::{beside_block, hidden_value, source_not_said, split_block, unused_by_source};
use crate::options::{Grouping, OPTIONS, OptionId};
use crate::span::Spot;

/// What is to be said of the levels of a secured endpoint of `site`.
pub(crate) fn findings(ladder: &Ladder<'_>, site: &Site<'_>, role: Role) -> Vec<Finding> {
    let mut findings = Vec::new();
    block_over_levels(ladder, &mut findings);
    certificate_source(ladder, site, &mut findings);
    for row in OPTIONS.iter().filter(|row| row.works_for(role)) {
        match row.grouping {
            Grouping::Block => {}
            Grouping::WithBlock => {
                beside(ladder, row.id, &mut findings);
                hidden(ladder, row.id, &mut findings);
            }
            Grouping::Alone => hidden(ladder, row.id, &mut findings),
        }
    }
    findings
}

/// The block comes from one level: what a higher one has beyond it is lost, what it has as well is hidden.
fn block_over_levels(ladder: &Ladder<'_>, findings: &mut Vec<Finding>) {
    let Some(block) = ladder.block() else { return };
    for upper in ladder.above_block() {
        let lost: Vec<OptionId> = block_options()
            .filter(|option| upper.values.set(*option).is_some())
            .filter(|option| block.values.set(*option).is_none())
            .collect();
        let Some(upper_spot) = first_spot(upper, lost.first().copied()) else {
            continue;
        };
        let place = block.place.clone();
        if lost.is_empty() {
            let Some(spot) = first_spot(block, None) else {
                continue;
            };
            let hidden = (upper.level, upper_spot);
            findings.push(hidden_value::found(
                place,
                spot,
                "the credentials block",
                block.level,
                hidden,
            ));
        } else {
            let names: Vec<&str> = lost.into_iter().map(OptionId::name).collect();
            findings.push(split_block::found(
                place,
                upper_spot,
                block.level,
                upper.level,
                &names,
            ));
        }
    }
}

/// Where `option`, else the first option of the block, stands at a level.
fn first_spot<'a>(rung: &Rung<'a>, option: Option<OptionId>) -> Option<&'a Spot> {
    option
        .into_iter()
        .chain(block_options())
        .find_map(|option| rung.values.set(option))
        .map(|slot| &slot.spot)
}

fn certificate_source(ladder: &Ladder<'_>, site: &Site<'_>, findings: &mut Vec<Finding>) {
    // Then neither of the two levels counts, whatever it says.
    if site.application.own_file.is_some() {
        return;
    }
    let level = ladder.block().map(|block| block.level);
    let place = || site.place.clone();
    let Some(source) = &site.application.certificate_source else {
        let block = ladder.block().filter(|block| block.level == Level::Host);
        let spot = block.and_then(|block| first_spot(block, None));
        findings.extend(spot.map(|spot| source_not_said::found(place(), spot)));
        return;
    };
    // Only what would have been used but for the source is unused because of it.
    let unused_level = match (source.value, level) {
        (crate::fleet::CertificateSource::Host, Some(Level::Host) | None) => Level::Application,
        (crate::fleet::CertificateSource::Application, None) => Level::Host,
        (
            crate::fleet::CertificateSource::Host,
            Some(Level::Endpoint | Level::OwnFile | Level::Application),
        )
        | (crate::fleet::CertificateSource::Application, Some(_)) => return,
    };
    let unused = site.unused_block(unused_level);
    if !unused.is_empty() {
        let said = match source.value {
            crate::fleet::CertificateSource::Host => "host",
            crate::fleet::CertificateSource::Application => "application",
        };
        findings.push(unused_by_source::found(
            place(),
            &source.spot,
            said,
            unused_level,
            &unused,
        ));
    }
}

/// The systems taken over want some options configured together with the block.
fn beside(ladder: &Ladder<'_>, option: OptionId, findings: &mut Vec<Finding>) {
    let (Some(block), Some(decided)) = (ladder.block(), ladder.decide(option)) else {
        return;
    };
    let level = decided.rung.level;
    if level == block.level {
        return;
    }
    let lower = if level < block.level {
        decided.rung
    } else {
        block
    };
    let spot = &decided.slot.spot;
    findings.push(beside_block::found(
        lower.place.clone(),
        spot,
        option.name(),
        level,
        block.level,
    ));
}

/// A value that hides another one; equal values hide nothing that anybody would miss.
fn hidden(ladder: &Ladder<'_>, option: OptionId, findings: &mut Vec<Finding>) {
    let Some(decided) = ladder.decide(option) else {
        return;
    };
    let shown = decided
        .slot
        .value
        .as_ref()
        .map(|value| value.shown(option.row().values));
    for hidden in ladder.hidden(option) {
        if Some(&hidden.shown) != shown.as_ref() {
            findings.push(hidden_value::found(
                decided.rung.place.clone(),
                &decided.slot.spot,
                option.name(),
                decided.rung.level,
                (hidden.level, &hidden.spot),
            ));
        }
    }
}
