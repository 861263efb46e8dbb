//! How states look on a map, and the legend that says so.
//!
//! Invariant: two states differ in colour, in the dashes of their lines, in the heads of their arrows and in their letters.

use std::collections::BTreeSet;
use std::fmt::{self, Write as _};

use super::drawing::path;
use super::label::{self, FONT, escaped};
use super::placing::Curve;
use super::wires::Side;
use crate::endpoint::State;
use crate::matrix::Matrix;

/// What stands above a map: the title, and a sample of each state that there is.
pub(super) struct Legend {
    title: String,
    /// State, words, and where it stands.
    samples: Vec<(State, String, (f64, f64))>,
    pub(super) height: f64,
}

impl Legend {
    const SAMPLE: f64 = 68.0;
    const LINE: f64 = 22.0;
    const LEFT: f64 = 20.0;

    pub(super) fn new(matrix: &Matrix<'_>, title: &str, width: f64) -> Self {
        let ports = matrix.members.iter().flat_map(|member| &member.ports);
        let ports: BTreeSet<State> = ports.map(|port| port.state).collect();
        let counts = matrix.counts();
        let (mut x, mut y) = (Self::LEFT, 50.0);
        let mut samples = Vec::new();
        for state in State::ALL {
            let links = counts.iter().find(|(one, _)| *one == state);
            let text = match links {
                Some((_, 1)) => format!("{state}: 1 connection"),
                Some((_, count)) => format!("{state}: {count} connections"),
                None if ports.contains(&state) => format!("{state}: ports alone"),
                None => continue,
            };
            let wide = Self::SAMPLE + label::width(&text) * 12.0 / FONT;
            if x > Self::LEFT && x + wide > width - Self::LEFT {
                (x, y) = (Self::LEFT, y + Self::LINE);
            }
            samples.push((state, text, (x, y)));
            x += wide + 14.0;
        }
        Self {
            title: label::cut(title, (width - 2.0 * Self::LEFT) * FONT / 18.0),
            samples,
            height: y + 12.0,
        }
    }

    pub(super) fn write(&self, svg: &mut String) -> fmt::Result {
        let (title, left) = (escaped(&self.title), Self::LEFT);
        writeln!(
            svg,
            "<text class=\"title\" x=\"{left}\" y=\"28\">{title}</text>"
        )?;
        for (state, text, (x, y)) in &self.samples {
            let curve = Curve {
                from: (x + 16.0, *y),
                bend: None,
                to: (x + 62.0, *y),
            };
            let look = look(*state);
            write_mark(svg, *state, x + 6.0, *y)?;
            write!(svg, "<g class=\"line {}\">", look.class)?;
            write!(svg, "<path d=\"{}\"/>", path(&[curve]))?;
            write_arrow(svg, &look, curve.to, Side::Left)?;
            let (x, y) = (x + Self::SAMPLE, y + 4.0);
            let text = escaped(text);
            writeln!(
                svg,
                "</g><text class=\"legend\" x=\"{x:.0}\" y=\"{y:.0}\">{text}</text>"
            )?;
        }
        Ok(())
    }
}

/// How a state looks.
pub(super) struct Look {
    pub(super) class: &'static str,
    pub(super) colour: &'static str,
    /// Lengths of dashes and gaps; empty for a whole line.
    pub(super) dashes: &'static str,
    /// The head of an arrow that ends at 0,0 and comes from the left, and whether it is filled.
    head: &'static str,
    filled: bool,
}

pub(super) fn look(state: State) -> Look {
    let look = |class, colour, dashes, head, filled| Look {
        class,
        colour,
        dashes,
        head,
        filled,
    };
    match state {
        State::Mutual => look("mutual", "#12703a", "", "M0 0L-9 -4.5L-9 4.5Z", true),
        State::Simple => look("simple", "#1f5fbf", "11 3", "M0 0L-9 -4.5L-9 4.5Z", false),
        State::EncryptedOnly => look(
            "encrypted",
            "#b35c00",
            "2 3",
            "M0 0L-5 -4.5L-10 0L-5 4.5Z",
            false,
        ),
        State::AutoDetect => look(
            "auto",
            "#7a3fa8",
            "9 3 2 3",
            "M0 0L-5 -4.5L-10 0L-5 4.5Z",
            true,
        ),
        State::Open => look("open", "#c81e1e", "6 5", "M-8 -4.5L0 0L-8 4.5", false),
        State::Product => look(
            "product",
            "#687684",
            "14 3 3 3 3 3",
            "M-1 -4L-9 -4L-9 4L-1 4Z",
            true,
        ),
        State::Refused => look("refused", "#111111", "1 4", "M-9 -5L-1 5M-9 5L-1 -5", false),
        State::Failing => look(
            "failing",
            "#c2107a",
            "4 2 1 2",
            "M-9 -5L-1 5M-9 5L-1 -5",
            false,
        ),
    }
}

/// The mark of a port: the letter of its state.
pub(super) fn write_mark(svg: &mut String, state: State, x: f64, y: f64) -> fmt::Result {
    writeln!(
        svg,
        "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"10\" height=\"10\" rx=\"2\" fill=\"{}\"/><text class=\"mark\" x=\"{x:.1}\" y=\"{:.1}\">{}</text>",
        x - 5.0,
        y - 5.0,
        look(state).colour,
        y + 3.0,
        state.letter()
    )
}

pub(super) fn write_arrow(
    svg: &mut String,
    look: &Look,
    (x, y): (f64, f64),
    side: Side,
) -> fmt::Result {
    let turned = match side {
        Side::Left => "",
        Side::Right => " scale(-1 1)",
    };
    let fill = if look.filled { look.colour } else { "#fff" };
    writeln!(
        svg,
        "<path d=\"{}\" transform=\"translate({x:.1} {y:.1}){turned}\" style=\"stroke-dasharray:none;stroke-width:1.5;fill:{fill}\"/>",
        look.head
    )
}
