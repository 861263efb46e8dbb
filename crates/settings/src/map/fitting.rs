//! How high everything stands in its column.
//!
//! Each thing is where its lines are short and straight, as far as the order and the distances allow: a least-squares fit,
//! column after column, some times over.
//! Invariant: in a column each thing is at least its distance below the one before it.
//!
//! Source: pool adjacent violators, M. Ayer and others, An empirical distribution function for sampling with incomplete
//! information (1955).

use std::collections::BTreeMap;

use super::arrangement::{Arrangement, Item};
use super::graph::Graph;
use super::placing::slot_offset;
use super::wires::{End, Form, Piece, Wires};

/// How often the columns are fitted.
const FITS: usize = 24;

/// The fit of all columns.
pub(super) struct Fit {
    /// For each column its things.
    columns: Vec<Vec<Fitted>>,
}

/// A thing of a column: its top, its height, and what it is drawn to.
struct Fitted {
    item: Item,
    top: f64,
    height: f64,
    /// Ends of pieces: where on this thing, to which thing of which column, where on that, and how strongly.
    pulls: Vec<(f64, (usize, usize), f64, f64)>,
}

impl Fit {
    pub(super) fn new(arrangement: &Arrangement, graph: &Graph, wires: &Wires) -> Self {
        let mut ends: BTreeMap<End, ((usize, usize), f64)> = BTreeMap::new();
        let mut columns = Vec::new();
        for (column, items) in arrangement.columns.iter().enumerate() {
            let mut fitted = Vec::with_capacity(items.len());
            for (number, &item) in items.iter().enumerate() {
                let here = (column, number);
                let height = match item {
                    Item::Lane(net) => {
                        ends.insert(End::Lane { net, column }, (here, 0.0));
                        0.0
                    }
                    Item::Stack(stack) => {
                        for (member, top) in arrangement.rows(stack, graph, wires) {
                            for slot in wires.slots.get(&member).into_iter().flatten() {
                                let offset = top + slot_offset(slot, wires);
                                ends.insert(End::Slot(*slot), (here, offset));
                            }
                        }
                        arrangement.height(stack, graph, wires)
                    }
                };
                fitted.push(Fitted {
                    item,
                    top: 0.0,
                    height,
                    pulls: Vec::new(),
                });
            }
            columns.push(fitted);
        }
        let mut fit = Self { columns };
        for piece in wires.pieces.iter().filter(|p| p.form != Form::Loop) {
            if let (Some(&from), Some(&to)) = (ends.get(&piece.from), ends.get(&piece.to)) {
                let strength = strength(piece);
                fit.pull(from, to, strength);
                fit.pull(to, from, strength);
            }
        }
        fit
    }

    fn pull(&mut self, own: ((usize, usize), f64), other: ((usize, usize), f64), strength: f64) {
        let (column, number) = own.0;
        let fitted = self.columns.get_mut(column);
        if let Some(fitted) = fitted.and_then(|column| column.get_mut(number)) {
            fitted.pulls.push((own.1, other.0, other.1, strength));
        }
    }

    fn top(&self, (column, number): (usize, usize)) -> f64 {
        let fitted = self.columns.get(column).and_then(|one| one.get(number));
        fitted.map_or(0.0, |fitted| fitted.top)
    }

    /// The top of everything, with the highest at 0.
    pub(super) fn tops(mut self) -> BTreeMap<(usize, Item), f64> {
        self.stand_close();
        for round in 0..FITS {
            let count = self.columns.len();
            for step in 0..count {
                let column = if round % 2 == 0 {
                    step
                } else {
                    count - 1 - step
                };
                self.fit(column);
            }
        }
        let all = || self.columns.iter().flatten().map(|fitted| fitted.top);
        let highest = all().fold(f64::INFINITY, f64::min);
        let columns = self.columns.iter().enumerate();
        let tops = columns.flat_map(|(column, fitted)| {
            let tops = fitted.iter();
            tops.map(move |fitted| ((column, fitted.item), fitted.top - highest))
        });
        tops.collect()
    }

    /// Columns without holes, their middles on one line.
    fn stand_close(&mut self) {
        for column in &mut self.columns {
            let mut y = 0.0;
            let mut before = None;
            for fitted in column.iter_mut() {
                y += distance(before, fitted.item);
                fitted.top = y;
                y += fitted.height;
                before = Some(fitted.item);
            }
            for fitted in column {
                fitted.top -= y / 2.0;
            }
        }
    }

    fn fit(&mut self, column: usize) {
        let Some(own) = self.columns.get(column) else {
            return;
        };
        let mut shift = 0.0;
        let mut before: Option<&Fitted> = None;
        let mut wishes = Vec::with_capacity(own.len());
        for fitted in own {
            if let Some(before) = before {
                shift += before.height + distance(Some(before.item), fitted.item);
            }
            let (sum, weight) = fitted.pulls.iter().fold(
                (0.0, 0.0),
                |(sum, weight), (offset, other, at, strength)| {
                    let wish = self.top(*other) + at - offset;
                    (sum + strength * wish, weight + strength)
                },
            );
            let (wish, weight) = if weight > 0.0 {
                (sum / weight, weight)
            } else {
                (fitted.top, 0.01)
            };
            wishes.push((wish - shift, weight, shift));
            before = Some(fitted);
        }
        let tops = monotone(&wishes);
        if let Some(own) = self.columns.get_mut(column) {
            for ((fitted, top), (_, _, shift)) in own.iter_mut().zip(tops).zip(&wishes) {
                fitted.top = top + shift;
            }
        }
    }
}

/// Long lines are kept straight before short ones.
fn strength(piece: &Piece) -> f64 {
    let lanes = [piece.from, piece.to]
        .iter()
        .filter(|end| matches!(end, End::Lane { .. }))
        .count();
    match lanes {
        0 => 1.0,
        1 => 2.0,
        _ => 8.0,
    }
}

/// Space between two things of a column.
fn distance(before: Option<Item>, item: Item) -> f64 {
    match (before, item) {
        (None, _) => 0.0,
        (Some(Item::Stack(_)), Item::Stack(_)) => 18.0,
        (Some(Item::Lane(_)), Item::Lane(_)) => 7.0,
        (Some(Item::Stack(_)), Item::Lane(_)) | (Some(Item::Lane(_)), Item::Stack(_)) => 10.0,
    }
}

/// The values next to the wishes, by weighted squares, of which none is below the one before it.
fn monotone(wishes: &[(f64, f64, f64)]) -> Vec<f64> {
    let mut pools: Vec<(f64, f64, usize)> = Vec::with_capacity(wishes.len());
    for &(wish, weight, _) in wishes {
        let mut pool = (wish, weight, 1);
        while let Some(&(mean, sum, count)) = pools.last() {
            if mean <= pool.0 {
                break;
            }
            pools.pop();
            let both = sum + pool.1;
            pool = ((mean * sum + pool.0 * pool.1) / both, both, count + pool.2);
        }
        pools.push(pool);
    }
    let values = pools.into_iter();
    values
        .flat_map(|(mean, _, count)| std::iter::repeat_n(mean, count))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::monotone;

    #[track_caller]
    fn check(wishes: &[(f64, f64)], want: &[f64]) {
        let wishes: Vec<_> = wishes
            .iter()
            .map(|(wish, weight)| (*wish, *weight, 0.0))
            .collect();
        assert_eq!(monotone(&wishes), want);
    }

    #[test]
    fn wishes_are_fulfilled_as_far_as_the_order_lets() {
        check(&[(1.0, 1.0), (2.0, 1.0)], &[1.0, 2.0]);
        check(&[(2.0, 1.0), (1.0, 1.0)], &[1.5, 1.5]);
        check(&[(4.0, 3.0), (0.0, 1.0), (9.0, 1.0)], &[3.0, 3.0, 9.0]);
    }
}
