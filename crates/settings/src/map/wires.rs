//! Makes nets of the links: what leads to one application, secured in one way, is drawn as lines that run together.
//!
//! Each line is made of pieces, and each piece crosses one gap between two columns. Between its pieces a line passes a column in a
//! lane of its own, so that no box is in its way.
//! Invariant: each link is in one net, and its pieces lead from its client to its server.

use std::collections::{BTreeMap, BTreeSet};

use super::at;
use super::graph::Graph;
use crate::endpoint::State;
use crate::matrix::Matrix;

/// A side of a box.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Side {
    Left,
    Right,
}

/// Whether a line begins or ends there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Way {
    /// Lines of a client begin.
    Out,
    /// Lines to a server end.
    In,
}

/// A point at the edge of an application's row where lines of one state begin or end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Slot {
    pub(super) member: usize,
    pub(super) side: Side,
    pub(super) way: Way,
    pub(super) state: State,
}

/// An end of a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum End {
    /// At an application.
    Slot(Slot),
    /// In the lane of a net in a column.
    Lane { net: usize, column: usize },
}

/// A line across one gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Piece {
    /// The gap right of this column.
    pub(super) gap: usize,
    /// The end nearer to the client.
    pub(super) from: End,
    /// The end nearer to the server.
    pub(super) to: End,
    /// Which net it belongs to.
    pub(super) net: usize,
    /// Where it runs.
    pub(super) form: Form,
}

/// Where a piece runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Form {
    /// From the left of its gap to the right.
    Rightwards,
    /// From the right of its gap to the left.
    Leftwards,
    /// Between two rows of the column left of the gap, and back to it.
    Loop,
}

/// All lines to one application that are secured in one way and come from one side.
pub(super) struct Net {
    pub(super) server: usize,
    pub(super) state: State,
    /// Indices of the links of the matrix.
    pub(super) links: Vec<usize>,
}

/// The lines of a map.
pub(super) struct Wires {
    pub(super) nets: Vec<Net>,
    /// Ordered by gap.
    pub(super) pieces: Vec<Piece>,
    /// The lanes of each column, as numbers of nets.
    pub(super) lanes: Vec<BTreeSet<usize>>,
    /// The points at each application's row.
    pub(super) slots: BTreeMap<usize, BTreeSet<Slot>>,
}

impl Wires {
    /// The lines between stacks in `columns`.
    pub(super) fn new(matrix: &Matrix<'_>, graph: &Graph, columns: &[Vec<usize>]) -> Self {
        let mut column_of = vec![0; graph.stacks.len()];
        for (number, column) in columns.iter().enumerate() {
            for &stack in column {
                if let Some(slot) = column_of.get_mut(stack) {
                    *slot = number;
                }
            }
        }
        let column = |member| at(&column_of, graph.stack_of_member(member));
        let mut numbers: BTreeMap<(usize, Side, State), usize> = BTreeMap::new();
        let mut wires = Self {
            nets: Vec::new(),
            pieces: Vec::new(),
            lanes: vec![BTreeSet::new(); columns.len()],
            slots: BTreeMap::new(),
        };
        let mut pieces = BTreeSet::new();
        for (number, link) in matrix.links.iter().enumerate() {
            let (from, to) = (column(link.client), column(link.server));
            let side = if from < to { Side::Left } else { Side::Right };
            let key = (link.server, side, link.state);
            let net = *numbers.entry(key).or_insert(wires.nets.len());
            if net == wires.nets.len() {
                wires.nets.push(Net {
                    server: link.server,
                    state: link.state,
                    links: Vec::new(),
                });
            }
            if let Some(net) = wires.nets.get_mut(net) {
                net.links.push(number);
            }
            let slot = |member, side, way| Slot {
                member,
                side,
                way,
                state: link.state,
            };
            let leaves = if from <= to { Side::Right } else { Side::Left };
            let ends = (
                slot(link.client, leaves, Way::Out),
                slot(link.server, side, Way::In),
            );
            for end in [ends.0, ends.1] {
                wires.slots.entry(end.member).or_default().insert(end);
            }
            add_pieces(net, (from, to), ends, &mut pieces);
        }
        for piece in &pieces {
            if let End::Lane { net, column } = piece.from
                && let Some(lanes) = wires.lanes.get_mut(column)
            {
                lanes.insert(net);
            }
        }
        wires.pieces = pieces.into_iter().collect();
        wires
    }
}

/// The pieces of one link; those it shares with other links of its net are there already.
fn add_pieces(
    net: usize,
    (from, to): (usize, usize),
    (leaves, enters): (Slot, Slot),
    pieces: &mut BTreeSet<Piece>,
) {
    let piece = |gap, from, to, form| Piece {
        gap,
        from,
        to,
        net,
        form,
    };
    if from == to {
        let (from_end, to_end) = (End::Slot(leaves), End::Slot(enters));
        pieces.insert(piece(from, from_end, to_end, Form::Loop));
        return;
    }
    let (form, passed): (Form, Vec<usize>) = if from < to {
        (Form::Rightwards, (from + 1..to).collect())
    } else {
        (Form::Leftwards, (to + 1..from).rev().collect())
    };
    let mut last = (from, End::Slot(leaves));
    let lanes = passed
        .into_iter()
        .map(|column| (column, End::Lane { net, column }));
    for (column, end) in lanes.chain([(to, End::Slot(enters))]) {
        pieces.insert(piece(column.min(last.0), last.1, end, form));
        last = (column, end);
    }
}
