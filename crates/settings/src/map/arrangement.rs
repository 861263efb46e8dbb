//! Orders what stands in each column, and the applications in each box, so that few lines cross.
//!
//! Each sweep over the columns puts everything at the mean height of what it is connected to in the column before (the
//! barycentre heuristic of K. Sugiyama, S. Tagawa, M. Toda, 1981); of all sweeps the order with the fewest crossings is kept.
//! Invariant: sweeps change orders alone: what stands in which column, and which application in which box, stays.

use std::collections::BTreeMap;

use super::graph::Graph;
use super::placing::{BOX_FOOT, BOX_HEAD, STACK_GAP, row_height, slot_offset};
use super::wires::{End, Form, Side, Wires};
use super::{at, real};

/// How often all columns are walked there and back; more changes little.
const SWEEPS: usize = 12;
/// Space between two things of a column while it is ordered.
const SPACE: f64 = 12.0;

/// Something in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Item {
    /// A stack of boxes.
    Stack(usize),
    /// The lane of a net.
    Lane(usize),
}

/// Everything in its order.
#[derive(Clone)]
pub(super) struct Arrangement {
    pub(super) columns: Vec<Vec<Item>>,
    /// The applications of each box.
    pub(super) members: Vec<Vec<usize>>,
}

/// Where the ends of pieces are while columns are ordered.
type Heights = BTreeMap<End, f64>;

impl Arrangement {
    /// The best order that was found.
    pub(super) fn new(graph: &Graph, wires: &Wires, columns: &[Vec<usize>]) -> Self {
        let columns = columns.iter().zip(&wires.lanes);
        let columns = columns.map(|(stacks, lanes)| {
            let stacks = stacks.iter().map(|&stack| Item::Stack(stack));
            stacks
                .chain(lanes.iter().map(|&net| Item::Lane(net)))
                .collect()
        });
        let mut present = Self {
            columns: columns.collect(),
            members: graph.boxes.iter().map(|one| one.members.clone()).collect(),
        };
        let mut best = (crossings(&present, graph, wires), present.clone());
        for sweep in 0..SWEEPS {
            present.sweep(graph, wires, sweep % 2 == 0);
            let crossings = crossings(&present, graph, wires);
            if crossings < best.0 {
                best = (crossings, present.clone());
            }
        }
        best.1
    }

    fn sweep(&mut self, graph: &Graph, wires: &Wires, rightwards: bool) {
        let mut heights = self.heights(graph, wires);
        let count = self.columns.len();
        let order: Vec<usize> = if rightwards {
            (0..count).collect()
        } else {
            (0..count).rev().collect()
        };
        // Gap by gap: what each end in a column is connected to on the side that the sweep comes from.
        for column in order {
            let gap = if rightwards {
                column.checked_sub(1)
            } else {
                Some(column)
            };
            let mut wanted = Wanted::default();
            if let Some(gap) = gap {
                wanted.collect(gap, column, wires, &heights);
            }
            self.reorder(column, graph, &wanted, &heights);
            self.add_heights(column, graph, wires, &mut heights);
        }
    }

    fn reorder(&mut self, column: usize, graph: &Graph, wanted: &Wanted, heights: &Heights) {
        let Some(items) = self.columns.get_mut(column) else {
            return;
        };
        for item in items.iter() {
            let Item::Stack(stack) = item else { continue };
            for &own in graph.stacks.get(*stack).into_iter().flatten() {
                if let Some(members) = self.members.get_mut(own) {
                    sort(members, |member| wanted.of_member(*member));
                }
            }
        }
        let mut present = BTreeMap::new();
        for (end, height) in heights {
            if let End::Lane { net, column: own } = end
                && *own == column
            {
                present.insert(Item::Lane(*net), *height);
            }
        }
        sort(items, |item| match item {
            Item::Stack(stack) => wanted.of_stack(*stack, graph),
            Item::Lane(net) => wanted
                .of_lane(*net, column)
                .or_else(|| present.get(item).copied()),
        });
    }

    /// Where the ends are if everything stands as close as it may.
    fn heights(&self, graph: &Graph, wires: &Wires) -> Heights {
        let mut heights = Heights::new();
        for column in 0..self.columns.len() {
            self.add_heights(column, graph, wires, &mut heights);
        }
        heights
    }

    fn add_heights(&self, column: usize, graph: &Graph, wires: &Wires, heights: &mut Heights) {
        let mut y = 0.0;
        for item in self.columns.get(column).into_iter().flatten() {
            match item {
                Item::Lane(net) => {
                    heights.insert(End::Lane { net: *net, column }, y);
                }
                Item::Stack(stack) => {
                    for (member, top) in self.rows(*stack, graph, wires) {
                        for slot in wires.slots.get(&member).into_iter().flatten() {
                            let offset = slot_offset(slot, wires);
                            heights.insert(End::Slot(*slot), y + top + offset);
                        }
                    }
                    y += self.height(*stack, graph, wires);
                }
            }
            y += SPACE;
        }
    }

    /// The rows of a stack: each application, and where its row begins below the top of the stack.
    pub(super) fn rows(&self, stack: usize, graph: &Graph, wires: &Wires) -> Vec<(usize, f64)> {
        let mut rows = Vec::new();
        let mut y = 0.0;
        for &own in graph.stacks.get(stack).into_iter().flatten() {
            y += BOX_HEAD;
            for &member in self.members.get(own).into_iter().flatten() {
                rows.push((member, y));
                y += row_height(member, wires);
            }
            y += BOX_FOOT + STACK_GAP;
        }
        rows
    }

    /// The height of a stack.
    pub(super) fn height(&self, stack: usize, graph: &Graph, wires: &Wires) -> f64 {
        let boxes = graph.stacks.get(stack).map_or(0, Vec::len);
        let rows = self.rows(stack, graph, wires);
        let rows: f64 = rows
            .iter()
            .map(|(member, _)| row_height(*member, wires))
            .sum();
        let gaps = STACK_GAP * real(boxes.saturating_sub(1));
        rows + (BOX_HEAD + BOX_FOOT) * real(boxes) + gaps
    }
}

/// Sorts by the value wanted; what has none keeps its place among its neighbours.
fn sort<T: Copy + Ord>(items: &mut [T], wanted: impl Fn(&T) -> Option<f64>) {
    let mut last = f64::NEG_INFINITY;
    let mut keyed: Vec<(f64, T)> = Vec::with_capacity(items.len());
    for item in items.iter() {
        last = wanted(item).unwrap_or(last);
        keyed.push((last, *item));
    }
    keyed.sort_by(|left, right| left.0.total_cmp(&right.0));
    for (place, (_, item)) in items.iter_mut().zip(keyed) {
        *place = item;
    }
}

/// Sums of the heights that ends of a column are drawn to.
#[derive(Default)]
struct Wanted {
    members: BTreeMap<usize, (f64, usize)>,
    lanes: BTreeMap<(usize, usize), (f64, usize)>,
}

impl Wanted {
    /// Adds the pieces of a gap, for their ends in a column.
    fn collect(&mut self, gap: usize, column: usize, wires: &Wires, heights: &Heights) {
        let start = wires.pieces.partition_point(|piece| piece.gap < gap);
        let pieces = wires.pieces.get(start..).into_iter().flatten();
        for piece in pieces.take_while(|piece| piece.gap == gap) {
            let (left, right) = match piece.form {
                Form::Rightwards => (piece.from, piece.to),
                Form::Leftwards => (piece.to, piece.from),
                Form::Loop => continue,
            };
            let (own, other) = if column == gap {
                (left, right)
            } else {
                (right, left)
            };
            let Some(height) = heights.get(&other) else {
                continue;
            };
            let sum = match own {
                End::Slot(slot) => self.members.entry(slot.member).or_default(),
                End::Lane { net, column } => self.lanes.entry((net, column)).or_default(),
            };
            *sum = (sum.0 + height, sum.1 + 1);
        }
    }

    fn of_member(&self, member: usize) -> Option<f64> {
        mean(*self.members.get(&member)?)
    }

    fn of_lane(&self, net: usize, column: usize) -> Option<f64> {
        mean(*self.lanes.get(&(net, column))?)
    }

    fn of_stack(&self, stack: usize, graph: &Graph) -> Option<f64> {
        let boxes = graph.stacks.get(stack).into_iter().flatten();
        let boxes = boxes.filter_map(|&own| graph.boxes.get(own));
        let sums = boxes.flat_map(|own| &own.members);
        let sums = sums.filter_map(|member| self.members.get(member));
        mean(sums.fold((0.0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1)))
    }
}

fn mean((sum, count): (f64, usize)) -> Option<f64> {
    (count > 0).then(|| sum / real(count))
}

/// How many pairs of pieces cross.
fn crossings(arrangement: &Arrangement, graph: &Graph, wires: &Wires) -> usize {
    let heights = arrangement.heights(graph, wires);
    let mut crossings = 0;
    for gap in wires.pieces.chunk_by(|one, other| one.gap == other.gap) {
        let mut ends: Vec<(f64, f64)> = gap
            .iter()
            .filter(|piece| piece.form != Form::Loop)
            .filter_map(|piece| {
                let (from, to) = (*heights.get(&piece.from)?, *heights.get(&piece.to)?);
                Some(match piece.form {
                    Form::Rightwards | Form::Loop => (from, to),
                    Form::Leftwards => (to, from),
                })
            })
            .collect();
        ends.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        let right: Vec<f64> = ends.into_iter().map(|(_, right)| right).collect();
        crossings += inversions(&right);
    }
    crossings
}

/// How many pairs stand in the wrong order.
fn inversions(list: &[f64]) -> usize {
    let mut sorted = list.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.dedup();
    // A tree of counts (P. Fenwick, 1994): how many of the values so far are at most so high.
    let mut tree = vec![0_usize; sorted.len() + 1];
    let mut inversions = 0;
    for (seen, value) in list.iter().enumerate() {
        let rank = sorted.partition_point(|one| one <= value);
        let mut below = 0;
        let mut index = rank;
        while index > 0 {
            below += at(&tree, index);
            index &= index - 1;
        }
        inversions += seen - below;
        let mut index = rank;
        while let Some(count) = tree.get_mut(index) {
            *count += 1;
            index += index & index.wrapping_neg();
        }
    }
    inversions
}

/// The side of a column at which the ends of a gap are.
pub(super) fn side_of(column: usize, gap: usize) -> Side {
    if column == gap {
        Side::Right
    } else {
        Side::Left
    }
}

#[cfg(test)]
mod tests {
    use super::inversions;

    #[test]
    fn inversions_are_pairs_in_the_wrong_order() {
        assert_eq!(inversions(&[1.0, 2.0, 3.0]), 0);
        assert_eq!(inversions(&[3.0, 2.0, 1.0]), 3);
        assert_eq!(inversions(&[2.0, 2.0, 1.0]), 2);
        assert_eq!(inversions(&[]), 0);
    }
}
