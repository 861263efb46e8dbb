//! A picture of a fleet as SVG: hosts as boxes, applications in them, connections as lines.
//!
//! Clients stand left of their servers, as far as the fleet has no cycles. The connections to one application that are
//! secured in one way are one *net*: the lines of its clients run together on their way. So a map has no more lines between
//! two columns than servers, and each line leads to one server only.
//!
//! The way through: [`graph`] takes hosts from the matrix, [`columns`] puts them in columns, [`wires`] makes nets of the
//! links, [`arrangement`] orders each column so that few lines cross, [`placing`] gives everything its place (with [`fitting`]),
//! and [`drawing`] writes it. Nothing here knows a file or a terminal.
//!
//! Invariant: the same matrix gives the same octets; no two boxes overlap, and no line runs through a box. The work grows
//! with the connections and the columns they pass, times the logarithm of their number.

mod arrangement;
mod columns;
mod drawing;
mod fitting;
mod graph;
mod label;
mod legend;
mod placing;
mod wires;

#[cfg(test)]
mod tests;

use crate::matrix::Matrix;

/// The map of a fleet; `title` stands above it.
#[must_use]
pub fn svg(matrix: &Matrix<'_>, title: &str) -> String {
    drawing::draw(&placing::layout(matrix), matrix, title)
}

/// The value at a place of a list; the default outside of it.
fn at<T: Copy + Default>(list: &[T], index: usize) -> T {
    list.get(index).copied().unwrap_or_default()
}

/// A number of things as a length.
fn real(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::MAX, f64::from)
}
