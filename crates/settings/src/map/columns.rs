//! Puts the stacks of a map in columns: clients left of their servers.
//!
//! Cycles are broken where the fewest links must point back; then each stack stands right of all that connect to it,
//! and columns that grow too high are continued in the next one.
//! Invariant: every stack is in one column, and no column is empty.
//!
//! Source: P. Eades, X. Lin, W. F. Smyth, A fast and effective heuristic for the feedback arc set problem (1993), with
//! links as weights.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::{at, real};

/// Width of a column with its lines, as a share of the height: a map is somewhat wider than high.
const ASPECT: f64 = 1.5;
/// Columns beyond those that the aspect asks for, so that a chain of connections stays a chain; our own limit.
const SPARE_COLUMNS: usize = 3;

/// Links from one stack to another, counted; none from a stack to itself.
pub(super) type Weights = BTreeMap<(usize, usize), usize>;

/// The columns from left to right, each with its stacks. `heights` are those of the stacks, `width` that of a column
/// with the space for its lines.
pub(super) fn assign(heights: &[f64], weights: &Weights, width: f64) -> Vec<Vec<usize>> {
    let count = heights.len();
    let order = acyclic_order(count, weights);
    let mut position = vec![0; count];
    for (place, &stack) in order.iter().enumerate() {
        set(&mut position, stack, place);
    }
    let mut clients: Vec<Vec<usize>> = vec![Vec::new(); count];
    let mut servers: Vec<Vec<usize>> = vec![Vec::new(); count];
    for &(client, server) in weights.keys() {
        if at(&position, client) < at(&position, server) {
            push(&mut clients, server, client);
            push(&mut servers, client, server);
        }
    }
    let total: f64 = heights.iter().sum();
    let tallest = heights.iter().copied().fold(0.0, f64::max);
    let cap = (total * width / ASPECT).sqrt().max(tallest);
    let mut room = Room::new(cap);
    let mut column = vec![0; count];
    for &stack in &order {
        let own = clients.get(stack).map(Vec::as_slice).unwrap_or_default();
        let first = own.iter().map(|&client| at(&column, client) + 1).max();
        let found = room.first_from(first.unwrap_or(0), at(heights, stack));
        set(&mut column, stack, found);
    }
    // A stack that need not stand so far left moves to its servers.
    for &stack in order.iter().rev() {
        let own = servers.get(stack).map(Vec::as_slice).unwrap_or_default();
        let last = own.iter().map(|&server| at(&column, server)).min();
        let Some(last) = last.and_then(|server| server.checked_sub(1)) else {
            continue;
        };
        let moved = room.move_right(at(&column, stack), last, at(heights, stack));
        set(&mut column, stack, moved);
    }
    let wanted = (total / cap).ceil();
    squeeze(&column, &order, heights, wanted)
}

/// Columns without holes and not many more than `wanted`; where there are too many, neighbours are put together, so that
/// all become about as high.
fn squeeze(column: &[usize], order: &[usize], heights: &[f64], wanted: f64) -> Vec<Vec<usize>> {
    let mut ranks: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for &stack in order {
        ranks.entry(at(column, stack)).or_default().push(stack);
    }
    let allowed = wanted + real(SPARE_COLUMNS);
    if real(ranks.len()) <= allowed {
        return ranks.into_values().collect();
    }
    let goal = heights.iter().sum::<f64>() / allowed;
    let mut columns: Vec<Vec<usize>> = Vec::new();
    let mut last = 0.0;
    for stacks in ranks.into_values() {
        let height: f64 = stacks.iter().map(|&stack| at(heights, stack)).sum();
        match columns.last_mut() {
            Some(column) if last + height / 2.0 <= goal => {
                column.extend(stacks);
                last += height;
            }
            Some(_) | None => {
                columns.push(stacks);
                last = height;
            }
        }
    }
    columns
}

/// The heights of the columns so far.
struct Room {
    cap: f64,
    used: Vec<f64>,
}

impl Room {
    fn new(cap: f64) -> Self {
        Self {
            cap,
            used: Vec::new(),
        }
    }

    fn fits(&self, column: usize, height: f64) -> bool {
        let used = at(&self.used, column);
        used <= 0.0 || used + height <= self.cap
    }

    fn take(&mut self, column: usize, height: f64) {
        if self.used.len() <= column {
            self.used.resize(column + 1, 0.0);
        }
        if let Some(used) = self.used.get_mut(column) {
            *used += height;
        }
    }

    /// The first column from `first` on that has room, which is taken.
    fn first_from(&mut self, first: usize, height: f64) -> usize {
        let mut column = first;
        while !self.fits(column, height) {
            column += 1;
        }
        self.take(column, height);
        column
    }

    /// The last column from `from` to `to` that has room, which is taken instead of `from`.
    fn move_right(&mut self, from: usize, to: usize, height: f64) -> usize {
        let better = (from + 1..=to)
            .rev()
            .find(|&column| at(&self.used, column) > 0.0 && self.fits(column, height));
        let Some(better) = better else { return from };
        self.take(from, -height);
        self.take(better, height);
        better
    }
}

/// The stacks in an order in which few links point back.
fn acyclic_order(count: usize, weights: &Weights) -> Vec<usize> {
    let mut after: Vec<Vec<(usize, i64)>> = vec![Vec::new(); count];
    let mut before: Vec<Vec<(usize, i64)>> = vec![Vec::new(); count];
    let mut rest = Rest {
        going_out: vec![0; count],
        coming_in: vec![0; count],
        waiting: BTreeSet::new(),
    };
    for (&(client, server), &links) in weights {
        let links = i64::try_from(links).unwrap_or(i64::MAX);
        push(&mut after, client, (server, links));
        push(&mut before, server, (client, links));
        add(&mut rest.going_out, client, links);
        add(&mut rest.coming_in, server, links);
    }
    rest.waiting = (0..count).map(|stack| rest.key(stack)).collect();
    let (mut left, mut right) = (Vec::new(), Vec::new());
    while let Some(&(class, _, stack)) = rest.waiting.first() {
        rest.waiting.remove(&rest.key(stack));
        match class {
            Class::Sink => right.push(stack),
            Class::Source | Class::Inner => left.push(stack),
        }
        for &(server, links) in after.get(stack).into_iter().flatten() {
            rest.change(server, |rest| add(&mut rest.coming_in, server, -links));
        }
        for &(client, links) in before.get(stack).into_iter().flatten() {
            rest.change(client, |rest| add(&mut rest.going_out, client, -links));
        }
    }
    left.extend(right.into_iter().rev());
    left
}

/// Which stacks are taken first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Class {
    /// Nobody connects to it any more: it stands at the left.
    Source,
    /// It connects to nobody any more: it stands at the right.
    Sink,
    /// Of the others that which connects to most and is connected to least.
    Inner,
}

/// What has no place yet.
struct Rest {
    going_out: Vec<i64>,
    coming_in: Vec<i64>,
    waiting: BTreeSet<(Class, Reverse<i64>, usize)>,
}

impl Rest {
    fn key(&self, stack: usize) -> (Class, Reverse<i64>, usize) {
        let (out, into) = (at(&self.going_out, stack), at(&self.coming_in, stack));
        let class = match (into, out) {
            (0, _) => Class::Source,
            (_, 0) => Class::Sink,
            _ => Class::Inner,
        };
        (class, Reverse(out - into), stack)
    }

    fn change(&mut self, stack: usize, change: impl FnOnce(&mut Self)) {
        let waited = self.waiting.remove(&self.key(stack));
        change(self);
        if waited {
            self.waiting.insert(self.key(stack));
        }
    }
}

fn set(list: &mut [usize], index: usize, value: usize) {
    if let Some(slot) = list.get_mut(index) {
        *slot = value;
    }
}

fn add(list: &mut [i64], index: usize, value: i64) {
    if let Some(slot) = list.get_mut(index) {
        *slot += value;
    }
}

fn push<T>(lists: &mut [Vec<T>], index: usize, value: T) {
    if let Some(list) = lists.get_mut(index) {
        list.push(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(links: &[(usize, usize)], want: &[&[usize]]) {
        let weights: Weights = links.iter().map(|&link| (link, 1)).collect();
        assert_eq!(assign(&[50.0; 4], &weights, 300.0), want);
    }

    #[test]
    fn clients_stand_left_of_their_servers() {
        check(&[(0, 1), (1, 2), (2, 3)], &[&[0], &[1], &[2], &[3]]);
        check(&[(3, 2), (2, 1), (1, 0)], &[&[3], &[2], &[1], &[0]]);
        check(&[(0, 1), (2, 1), (3, 1)], &[&[0, 2, 3], &[1]]);
    }

    #[test]
    fn a_cycle_is_broken_at_one_link() {
        check(&[(0, 1), (1, 2), (2, 3), (3, 0)], &[&[0], &[1], &[2], &[3]]);
    }
}
