//! The levels of one endpoint, and what they decide for an option.
//!
//! Invariants: the credentials block comes from the first level that gives it and has any of it, and what
//! that level lacks is not set; every other option comes from the first level that has it.

use std::sync::Arc;

use crate::endpoint::{Hidden, HiddenBy, Level, Origin, Role, Setting};
use crate::finding::Finding;
use crate::level::{Counts, LevelValues, Near, Slot};
use crate::options::{Grouping, OPTIONS, OptionId};
use crate::parse::Value;
use crate::place::Place;

/// Whether a level may give the credentials block (`certificate-source`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gives {
    Block,
    NoBlock,
}

/// One level of an endpoint.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rung<'a> {
    pub(crate) level: Level,
    pub(crate) place: &'a Place,
    pub(crate) values: &'a LevelValues,
    pub(crate) gives: Gives,
}

/// The levels of an endpoint, the lowest first.
#[derive(Clone, Debug)]
pub(crate) struct Ladder<'a> {
    rungs: Vec<Rung<'a>>,
    block: Option<usize>,
}

/// An option that is set: at which level, and to what.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Decided<'l, 'a> {
    pub(crate) rung: &'l Rung<'a>,
    pub(crate) slot: &'a Slot,
}

impl Decided<'_, '_> {
    fn is_on(&self) -> bool {
        self.slot.value.as_ref().and_then(Value::on) == Some(true)
    }
}

/// The options of the credentials block.
pub(crate) fn block_options() -> impl Iterator<Item = OptionId> {
    OPTIONS
        .iter()
        .filter(|row| row.grouping == Grouping::Block)
        .map(|row| row.id)
}

impl<'a> Ladder<'a> {
    /// The levels given, the lowest first.
    pub(crate) fn new(rungs: Vec<Rung<'a>>) -> Self {
        let block = rungs.iter().position(|rung| {
            rung.gives == Gives::Block && block_options().any(|o| rung.values.set(o).is_some())
        });
        Self { rungs, block }
    }

    /// Whether there is no level at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.rungs.is_empty()
    }

    /// Whether there is such a level.
    pub(crate) fn has(&self, level: Level) -> bool {
        self.rungs.iter().any(|rung| rung.level == level)
    }

    /// The level that the credentials block comes from, if any has it.
    pub(crate) fn block(&self) -> Option<&Rung<'a>> {
        self.block.and_then(|index| self.rungs.get(index))
    }

    /// The levels above that of the block which could have given it.
    pub(crate) fn above_block(&self) -> impl Iterator<Item = &Rung<'a>> {
        let above = self.block.map_or(self.rungs.len(), |index| index + 1);
        self.rungs
            .iter()
            .skip(above)
            .filter(|rung| rung.gives == Gives::Block)
    }

    /// The names close to that of an option which is set nowhere, with where each stands.
    pub(crate) fn near_misses(&self) -> impl Iterator<Item = (&Place, &Near)> {
        let near = self
            .rungs
            .iter()
            .flat_map(|rung| rung.values.near.iter().map(|near| (rung.place, near)));
        near.filter(|(_, near)| self.decide(near.option).is_none())
    }

    /// What decides `option`: its slot and the level it stands at.
    pub(crate) fn decide(&self, option: OptionId) -> Option<Decided<'_, 'a>> {
        let mut counting = self.counting(option);
        let first = counting.next();
        if option != OptionId::Fips140Enabled || first.as_ref().is_none_or(Decided::is_on) {
            return first;
        }
        // "True wins": at whichever level.
        counting.find(Decided::is_on).or(first)
    }

    /// The slots of `option` that count, the lowest level first.
    fn counting(&self, option: OptionId) -> impl Iterator<Item = Decided<'_, 'a>> {
        let in_block = option.row().grouping == Grouping::Block;
        self.rungs
            .iter()
            .enumerate()
            .filter(move |(index, _)| !in_block || self.block == Some(*index))
            .filter_map(move |(_, rung)| rung.values.set(option).map(|slot| Decided { rung, slot }))
    }

    /// The slots of `option` that count, in the order in which they win.
    fn deciding(&self, option: OptionId) -> impl Iterator<Item = Decided<'_, 'a>> {
        let mut all: Vec<Decided<'_, 'a>> = self.counting(option).collect();
        if option == OptionId::Fips140Enabled {
            // The sort is stable, so among equals the lowest level wins.
            all.sort_by_key(|decided| !decided.is_on());
        }
        all.into_iter()
    }

    /// The values that are set and do not count: of the levels above the deciding one, and for an option of the block
    /// also those of a level that may not give it.
    pub(crate) fn hidden(&self, option: OptionId) -> Vec<Hidden> {
        let values = option.row().values;
        let hidden = |decided: Decided<'_, 'a>, by| Hidden {
            level: decided.rung.level,
            spot: decided.slot.spot.clone(),
            shown: decided
                .slot
                .value
                .as_ref()
                .map(|value| value.shown(values))
                .unwrap_or_default(),
            by,
        };
        if option.row().grouping == Grouping::Block {
            let lost = self.rungs.iter().enumerate().filter_map(|(index, rung)| {
                let by = match rung.gives {
                    Gives::NoBlock => HiddenBy::CertificateSource,
                    Gives::Block if self.block.is_some_and(|block| block < index) => {
                        HiddenBy::LowerLevel
                    }
                    Gives::Block => return None,
                };
                let slot = rung.values.set(option)?;
                Some(hidden(Decided { rung, slot }, by))
            });
            lost.collect()
        } else {
            let above = self.deciding(option).skip(1);
            above
                .map(|decided| hidden(decided, HiddenBy::LowerLevel))
                .collect()
        }
    }

    /// The level that `certificate-source` keeps from giving the block.
    pub(crate) fn shut(&self) -> Option<&Rung<'a>> {
        self.rungs.iter().find(|rung| rung.gives == Gives::NoBlock)
    }

    /// The setting of `option`: `read` gives its type, `default` holds where nothing is set.
    pub(crate) fn setting<T>(
        &self,
        option: OptionId,
        default: T,
        read: impl Fn(&Value) -> Option<T>,
    ) -> Setting<T> {
        let decided = self.decide(option);
        let origin = decided.map_or(Origin::Default, |decided| Origin::Set {
            level: decided.rung.level,
            spot: decided.slot.spot.clone(),
        });
        let value = decided
            .and_then(|decided| decided.slot.value.as_ref())
            .and_then(read);
        Setting {
            value: value.unwrap_or(default),
            origin,
            hidden: self.hidden(option),
        }
    }

    /// The errors that are met on the way to the value of any option: in the slot that decides, or in one
    /// that was passed because its name is in the wrong case.
    ///
    /// Only options that have an effect in this `role` are asked for.
    pub(crate) fn errors(&self, role: Role) -> Vec<Arc<Finding>> {
        let mut errors = Vec::new();
        for row in OPTIONS.iter().filter(|row| row.works_for(role)) {
            let last = match (row.grouping, self.block) {
                (Grouping::Block, Some(index)) => index,
                (Grouping::Block | Grouping::WithBlock | Grouping::Alone, _) => self.rungs.len(),
            };
            for (index, rung) in self.rungs.iter().enumerate() {
                let Some(slot) = rung.values.slots.get(&row.id) else {
                    continue;
                };
                let passed = row.grouping == Grouping::Block && rung.gives == Gives::NoBlock;
                if index > last || passed {
                    continue;
                }
                errors.extend(slot.error.iter().cloned());
                // Every level is asked for an option that wins by its value.
                if slot.counts == Counts::AsSet && row.id != OptionId::Fips140Enabled {
                    break;
                }
            }
        }
        errors
    }
}
