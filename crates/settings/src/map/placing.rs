//! Gives boxes, rows and lines their place.
//!
//! How high things stand in their column is asked of [`super::fitting`].
//! Invariant: lines leave and enter rows at their edges, and run in the gaps between columns and in their lanes alone.

use std::collections::BTreeMap;

use super::arrangement::{Arrangement, Item, side_of};
use super::fitting::Fit;
use super::graph::{BoxKind, Graph};
use super::label;
use super::wires::{End, Form, Piece, Side, Slot, Way, Wires};
use super::{at, columns, real};
use crate::matrix::Matrix;

/// Height of a box above its rows, in pixels as all lengths.
pub(super) const BOX_HEAD: f64 = 20.0;
/// Height of a box below its rows.
pub(super) const BOX_FOOT: f64 = 4.0;
/// Space between boxes that stay together.
pub(super) const STACK_GAP: f64 = 6.0;
/// Lowest row of an application.
const ROW: f64 = 20.0;
/// Space between two lines at a row.
const PITCH: f64 = 10.0;
/// Widths of boxes.
const BOX_WIDTH: std::ops::RangeInclusive<f64> = 120.0..=230.0;
/// Space at the edges.
const MARGIN: f64 = 20.0;
/// Space above the map.
const TOP: f64 = 10.0;
/// A map is at least so wide, for its title.
const NARROWEST: f64 = 520.0;
/// Width of a gap without any line, and how much wider it becomes by each.
const GAP: (f64, f64) = (56.0, 1.6);
/// A gap becomes no wider.
const WIDEST_GAP: f64 = 210.0;

/// A rectangle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Area {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

/// A box on the map.
pub(super) struct PlacedBox {
    pub(super) kind: BoxKind,
    pub(super) area: Area,
}

/// An application on the map.
pub(super) struct PlacedRow {
    pub(super) member: usize,
    pub(super) area: Area,
}

/// A line on the map.
pub(super) struct PlacedLine {
    pub(super) net: usize,
    /// Whose line it is, where it is of one client alone.
    pub(super) client: Option<usize>,
    pub(super) curve: Curve,
}

/// A line from a point to a point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Curve {
    pub(super) from: (f64, f64),
    /// The control points of a cubic Bezier curve; none of a straight line.
    pub(super) bend: Option<[(f64, f64); 2]>,
    pub(super) to: (f64, f64),
}

/// Where a net ends at its server.
pub(super) struct PlacedEnd {
    pub(super) net: usize,
    pub(super) point: (f64, f64),
    pub(super) side: Side,
}

/// A map with everything in its place.
pub(super) struct Layout {
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) boxes: Vec<PlacedBox>,
    pub(super) rows: Vec<PlacedRow>,
    pub(super) lines: Vec<PlacedLine>,
    pub(super) ends: Vec<PlacedEnd>,
    pub(super) wires: Wires,
}

/// The height of an application's row: all its lines have room.
pub(super) fn row_height(member: usize, wires: &Wires) -> f64 {
    let count = |side| slots_at(member, side, wires).count();
    let lines = count(Side::Left).max(count(Side::Right));
    ROW.max(PITCH * real(lines) + 6.0)
}

/// Where a slot is below the top of its row.
pub(super) fn slot_offset(slot: &Slot, wires: &Wires) -> f64 {
    let before = slots_at(slot.member, slot.side, wires).take_while(|other| *other != slot);
    let count = slots_at(slot.member, slot.side, wires).count();
    let from_middle = real(before.count()) - real(count.saturating_sub(1)) / 2.0;
    row_height(slot.member, wires) / 2.0 + PITCH * from_middle
}

fn slots_at(member: usize, side: Side, wires: &Wires) -> impl Iterator<Item = &Slot> {
    let slots = wires.slots.get(&member).into_iter().flatten();
    slots.filter(move |slot| slot.side == side)
}

/// Lays out a map.
pub(super) fn layout(matrix: &Matrix<'_>) -> Layout {
    let graph = Graph::new(matrix);
    let columns = columns::assign(&rough_heights(&graph), &weights(matrix, &graph), 290.0);
    let wires = Wires::new(matrix, &graph, &columns);
    let arrangement = Arrangement::new(&graph, &wires, &columns);
    let tops = Fit::new(&arrangement, &graph, &wires).tops();
    let across = Across::new(&arrangement, &graph, matrix, &wires);
    Builder {
        matrix,
        graph: &graph,
        arrangement: &arrangement,
        across,
        tops,
    }
    .build(wires)
}

/// Heights of stacks before it is known how many lines their rows have.
fn rough_heights(graph: &Graph) -> Vec<f64> {
    let height = |own: &usize| {
        let rows = graph.boxes.get(*own).map_or(0, |one| one.members.len());
        BOX_HEAD + BOX_FOOT + 2.0 * STACK_GAP + ROW * real(rows)
    };
    let stacks = graph.stacks.iter();
    stacks.map(|stack| stack.iter().map(height).sum()).collect()
}

fn weights(matrix: &Matrix<'_>, graph: &Graph) -> columns::Weights {
    let mut weights = columns::Weights::new();
    for link in &matrix.links {
        let ends = (
            graph.stack_of_member(link.client),
            graph.stack_of_member(link.server),
        );
        if ends.0 != ends.1 {
            *weights.entry(ends).or_default() += 1;
        }
    }
    weights
}

/// The columns from left to right.
struct Across {
    /// Left edge and width of each.
    columns: Vec<(f64, f64)>,
    width: f64,
}

impl Across {
    fn new(arrangement: &Arrangement, graph: &Graph, matrix: &Matrix<'_>, wires: &Wires) -> Self {
        let mut x = MARGIN;
        let mut columns = Vec::new();
        for (number, items) in arrangement.columns.iter().enumerate() {
            let stacks = items.iter().filter_map(|item| match item {
                Item::Stack(stack) => graph.stacks.get(*stack),
                Item::Lane(_) => None,
            });
            let boxes = stacks.flatten().filter_map(|&own| graph.boxes.get(own));
            let widths = boxes.map(|one| label::box_width(one, matrix));
            let width = widths.fold(*BOX_WIDTH.start(), f64::max);
            let width = width.min(*BOX_WIDTH.end());
            columns.push((x, width));
            let start = wires.pieces.partition_point(|piece| piece.gap < number);
            let end = wires.pieces.partition_point(|piece| piece.gap <= number);
            let gap = (GAP.0 + GAP.1 * real(end - start)).min(WIDEST_GAP);
            x += width;
            x += if number + 1 < arrangement.columns.len() || end > start {
                gap
            } else {
                MARGIN
            };
        }
        Self { columns, width: x }
    }

    fn left(&self, column: usize) -> f64 {
        at(&self.columns, column).0
    }

    fn right(&self, column: usize) -> f64 {
        let (left, width) = at(&self.columns, column);
        left + width
    }

    fn edge(&self, column: usize, side: Side) -> f64 {
        match side {
            Side::Left => self.left(column),
            Side::Right => self.right(column),
        }
    }
}

/// Puts the parts of a layout together.
struct Builder<'a> {
    matrix: &'a Matrix<'a>,
    graph: &'a Graph,
    arrangement: &'a Arrangement,
    across: Across,
    tops: BTreeMap<(usize, Item), f64>,
}

impl Builder<'_> {
    fn build(&self, wires: Wires) -> Layout {
        let mut layout = Layout {
            width: self.across.width.max(NARROWEST),
            height: 0.0,
            boxes: Vec::new(),
            rows: Vec::new(),
            lines: Vec::new(),
            ends: Vec::new(),
            wires,
        };
        let mut heights: BTreeMap<End, f64> = BTreeMap::new();
        let mut columns: BTreeMap<usize, usize> = BTreeMap::new();
        for (&(column, item), top) in &self.tops {
            let top = top + TOP;
            match item {
                Item::Lane(net) => {
                    heights.insert(End::Lane { net, column }, top);
                    layout.height = layout.height.max(top);
                }
                Item::Stack(stack) => {
                    self.place_stack(column, (stack, top), &mut layout);
                    for (member, offset) in self.arrangement.rows(stack, self.graph, &layout.wires)
                    {
                        columns.insert(member, column);
                        for slot in layout.wires.slots.get(&member).into_iter().flatten() {
                            let offset = offset + slot_offset(slot, &layout.wires);
                            heights.insert(End::Slot(*slot), top + offset);
                        }
                    }
                }
            }
        }
        layout.height += MARGIN;
        self.place_lines(&heights, &columns, &mut layout);
        layout
    }

    fn place_stack(&self, column: usize, (stack, top): (usize, f64), layout: &mut Layout) {
        let (x, width) = at(&self.across.columns, column);
        let mut y = top;
        for &own in self.graph.stacks.get(stack).into_iter().flatten() {
            let Some(one) = self.graph.boxes.get(own) else {
                continue;
            };
            let start = y;
            y += BOX_HEAD;
            for &member in self.arrangement.members.get(own).into_iter().flatten() {
                let height = row_height(member, &layout.wires);
                let area = Area {
                    x,
                    y,
                    width,
                    height,
                };
                layout.rows.push(PlacedRow { member, area });
                y += height;
            }
            y += BOX_FOOT;
            layout.boxes.push(PlacedBox {
                kind: one.kind.clone(),
                area: Area {
                    x,
                    y: start,
                    width,
                    height: y - start,
                },
            });
            layout.height = layout.height.max(y);
            y += STACK_GAP;
        }
    }

    fn place_lines(
        &self,
        heights: &BTreeMap<End, f64>,
        columns: &BTreeMap<usize, usize>,
        layout: &mut Layout,
    ) {
        let x = |end: &End, piece: &Piece| match end {
            End::Slot(slot) => {
                let column = columns.get(&slot.member).copied().unwrap_or_default();
                self.across.edge(column, slot.side)
            }
            End::Lane { column, .. } => self.across.edge(*column, side_of(*column, piece.gap)),
        };
        for piece in &layout.wires.pieces {
            let height = |end| heights.get(end).copied().unwrap_or_default();
            let from = (x(&piece.from, piece), height(&piece.from));
            let to = (x(&piece.to, piece), height(&piece.to));
            let next = self.across.columns.get(piece.gap + 1);
            let room_end = next.map_or(self.across.width, |(left, _)| *left);
            let room = room_end - self.across.right(piece.gap);
            layout.lines.push(PlacedLine {
                net: piece.net,
                client: self.client(piece),
                curve: curve(from, to, piece.form, room),
            });
            // On its way through the column it comes to.
            if let End::Lane { column, .. } = piece.to {
                let other = match side_of(column, piece.gap) {
                    Side::Left => self.across.right(column),
                    Side::Right => self.across.left(column),
                };
                layout.lines.push(PlacedLine {
                    net: piece.net,
                    client: None,
                    curve: Curve {
                        from: to,
                        bend: None,
                        to: (other, to.1),
                    },
                });
            }
            if let End::Slot(slot) = piece.to {
                debug_assert_eq!(slot.way, Way::In, "a line ends at a server");
                layout.ends.push(PlacedEnd {
                    net: piece.net,
                    point: to,
                    side: slot.side,
                });
            }
        }
        layout.lines.sort_by_key(|line| line.net);
        layout.ends.sort_by_key(|end| end.net);
        layout.ends.dedup_by_key(|end| end.net);
    }

    fn client(&self, piece: &Piece) -> Option<usize> {
        match piece.from {
            End::Slot(slot) if slot.member < self.matrix.members.len() => Some(slot.member),
            End::Slot(_) | End::Lane { .. } => None,
        }
    }
}

/// A line that leaves and arrives level.
fn curve(from: (f64, f64), to: (f64, f64), form: Form, room: f64) -> Curve {
    let bend = match form {
        Form::Rightwards | Form::Leftwards if (from.1 - to.1).abs() < 0.05 => None,
        Form::Rightwards | Form::Leftwards => {
            let middle = (from.0 + to.0) / 2.0;
            Some([(middle, from.1), (middle, to.1)])
        }
        Form::Loop => {
            let wide = (18.0 + 0.12 * (from.1 - to.1).abs()).min(room * 0.8);
            let out = from.0.max(to.0) + wide;
            Some([(out, from.1), (out, to.1)])
        }
    };
    Curve { from, bend, to }
}
