//! What is drawn: boxes of hosts with their applications, and boxes that stay together.
//!
//! Invariant: every member of the matrix is in one box, every box in one stack.

use std::collections::BTreeMap;

use super::at;
use crate::matrix::{Matrix, Member};

/// Most boxes that are stacked because their applications back each other up; our own limit, so that a chain of pairs is no
/// tower.
const MAX_STACK: usize = 4;

/// A host, or the applications that have none.
pub(super) struct HostBox {
    pub(super) kind: BoxKind,
    /// Its applications, as indices of the members; none of an idle host.
    pub(super) members: Vec<usize>,
}

/// Which box it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum BoxKind {
    /// Of a host, by its name.
    Host(String),
    /// Of applications whose host the fleet does not have.
    NoHost,
    /// Of applications that the fleet does not have, but its connections name.
    NotInFleet,
}

/// The boxes of a map.
pub(super) struct Graph {
    pub(super) boxes: Vec<HostBox>,
    /// The box of each member.
    pub(super) box_of: Vec<usize>,
    /// Boxes that stay together, one above the other: those of backup pairs.
    pub(super) stacks: Vec<Vec<usize>>,
    /// The stack of each box.
    pub(super) stack_of: Vec<usize>,
}

impl Graph {
    pub(super) fn new(matrix: &Matrix<'_>) -> Self {
        let mut index: BTreeMap<BoxKind, usize> = BTreeMap::new();
        let mut boxes: Vec<HostBox> = Vec::new();
        let mut box_of = Vec::with_capacity(matrix.members.len());
        for (number, member) in matrix.members.iter().enumerate() {
            let kind = kind(member);
            let own = *index.entry(kind.clone()).or_insert(boxes.len());
            if own == boxes.len() {
                let members = Vec::new();
                boxes.push(HostBox { kind, members });
            }
            if let Some(own) = boxes.get_mut(own) {
                own.members.push(number);
            }
            box_of.push(own);
        }
        boxes.extend(matrix.idle_hosts.iter().map(|host| HostBox {
            kind: BoxKind::Host(host.to_string()),
            members: Vec::new(),
        }));
        let stacks = stacks(matrix, &box_of, boxes.len());
        let mut stack_of = vec![0; boxes.len()];
        for (number, stack) in stacks.iter().enumerate() {
            for &own in stack {
                if let Some(slot) = stack_of.get_mut(own) {
                    *slot = number;
                }
            }
        }
        Self {
            boxes,
            box_of,
            stacks,
            stack_of,
        }
    }

    /// The stack of a member.
    pub(super) fn stack_of_member(&self, member: usize) -> usize {
        at(&self.stack_of, at(&self.box_of, member))
    }
}

fn kind(member: &Member<'_>) -> BoxKind {
    match (member.host, member.written) {
        (Some(host), _) => BoxKind::Host(host.to_string()),
        (None, Some(_)) => BoxKind::NoHost,
        (None, None) => BoxKind::NotInFleet,
    }
}

/// Stacks of boxes: each alone, or with those that hold backups of its applications.
fn stacks(matrix: &Matrix<'_>, box_of: &[usize], count: usize) -> Vec<Vec<usize>> {
    let mut leader: Vec<usize> = (0..count).collect();
    let mut stacks: Vec<Vec<usize>> = (0..count).map(|own| vec![own]).collect();
    for (number, member) in matrix.members.iter().enumerate() {
        let Some(backup) = member.backup else {
            continue;
        };
        let one = at(&leader, at(box_of, number));
        let other = at(&leader, at(box_of, backup));
        let (keep, give) = (one.min(other), one.max(other));
        let height = |of: usize| stacks.get(of).map_or(0, Vec::len);
        if keep == give || height(keep) + height(give) > MAX_STACK {
            continue;
        }
        let given = stacks.get_mut(give).map(std::mem::take).unwrap_or_default();
        for &moved in &given {
            if let Some(slot) = leader.get_mut(moved) {
                *slot = keep;
            }
        }
        if let Some(kept) = stacks.get_mut(keep) {
            kept.extend(given);
            kept.sort_unstable();
        }
    }
    stacks.retain(|stack| !stack.is_empty());
    stacks
}
