//! Writes a layout as SVG.
//!
//! States differ in colour, in the dashes of their lines and in the heads of their arrows, so that a map can be read without
//! colours. Everything has a tooltip with what stands there in full.
//! Invariant: text of others goes through [`label::escaped`].
//!
//! Source: SVG 1.1 (second edition), W3C 2011.

use std::fmt::{self, Write as _};

use super::label::{self, FONT, MARK, MAX_MARKS, PADDING, escaped, escaped_lines};
use super::legend::{Legend, Look, look, write_arrow, write_mark};
use super::placing::{Area, BOX_HEAD, Curve, Layout, PlacedBox, PlacedRow};
use super::wires::Net;
use crate::endpoint::State;
use crate::matrix::{Link, Matrix, Member};

/// Most places that one tooltip lists; our own limit, so that it fits a screen.
const MAX_LISTED: usize = 24;

const STYLE: &str = "\
text{font-family:'DejaVu Sans',Verdana,Arial,sans-serif;fill:#1c2733}
.name{font-size:11px}
.host{font-size:11px;font-weight:bold}
.title{font-size:17px;font-weight:bold}
.legend{font-size:12px}
.mark{font-size:8px;font-weight:bold;fill:#fff;text-anchor:middle}
.box{fill:#fff;stroke:#7b8794}
.head{fill:#e8edf2;stroke:#7b8794}
.odd .box,.odd .head{stroke-dasharray:4 3}
.row{fill:none;stroke:#dfe4ea}
.line path{fill:none;stroke-width:1.5}
.line:hover path{stroke-width:4}
.app:hover .row{fill:#fff6d6}
";

/// The whole picture.
pub(super) fn draw(layout: &Layout, matrix: &Matrix<'_>, title: &str) -> String {
    let mut svg = String::new();
    // Writing into a string does not fail.
    let _ = write_all(&mut svg, layout, matrix, title);
    svg
}

fn write_all(svg: &mut String, layout: &Layout, matrix: &Matrix<'_>, title: &str) -> fmt::Result {
    let legend = Legend::new(matrix, title, layout.width);
    let (width, height) = (layout.width.ceil(), (layout.height + legend.height).ceil());
    writeln!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" role=\"img\" aria-labelledby=\"map-title map-desc\">"
    )?;
    writeln!(svg, "<title id=\"map-title\">{}</title>", escaped(title))?;
    let said = escaped(&description(layout, matrix));
    writeln!(svg, "<desc id=\"map-desc\">{said}</desc>")?;
    write!(svg, "<style>\n{STYLE}")?;
    for state in State::ALL {
        let Look {
            class,
            colour,
            dashes,
            ..
        } = look(state);
        let dashes = if dashes.is_empty() { "none" } else { dashes };
        writeln!(
            svg,
            ".{class} path{{stroke:{colour};stroke-dasharray:{dashes}}}"
        )?;
    }
    writeln!(svg, "</style>")?;
    writeln!(svg, "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>")?;
    legend.write(svg)?;
    writeln!(svg, "<g transform=\"translate(0 {:.0})\">", legend.height)?;
    for number in 0..layout.wires.nets.len() {
        write_net(svg, number, layout, matrix)?;
    }
    for one in &layout.boxes {
        write_box(svg, one)?;
    }
    for row in &layout.rows {
        if let Some(member) = matrix.members.get(row.member) {
            write_row(svg, row, member)?;
        }
    }
    writeln!(svg, "</g>\n</svg>")
}

fn description(layout: &Layout, matrix: &Matrix<'_>) -> String {
    let counts = matrix.counts();
    let counts: Vec<String> = counts
        .iter()
        .map(|(state, count)| format!("{count} {state}"))
        .collect();
    format!(
        "{} applications in {} boxes, one for each host; {} connections: {}. Each line leads from a client to its server, \
         where the arrow is; lines to one server that are secured alike run together.",
        matrix.members.len(),
        layout.boxes.len(),
        matrix.links.len(),
        if counts.is_empty() {
            "none".to_owned()
        } else {
            counts.join(", ")
        }
    )
}

/// The lines to one server: those of one client each, which tell whose they are, and those that are shared.
fn write_net(svg: &mut String, number: usize, layout: &Layout, matrix: &Matrix<'_>) -> fmt::Result {
    let Some(net) = layout.wires.nets.get(number) else {
        return Ok(());
    };
    let look = look(net.state);
    write!(svg, "<g class=\"line {}\">", look.class)?;
    writeln!(
        svg,
        "<title>{}</title>",
        escaped_lines(&net_title(net, matrix))
    )?;
    let start = layout.lines.partition_point(|line| line.net < number);
    let lines = layout.lines.get(start..).into_iter().flatten();
    let lines: Vec<_> = lines.take_while(|line| line.net == number).collect();
    for client in lines.chunk_by(|one, other| one.client == other.client) {
        let curves: Vec<Curve> = client.iter().map(|line| line.curve).collect();
        let d = path(&curves);
        match client.first().and_then(|line| line.client) {
            Some(client) => {
                let title = escaped_lines(&client_title(client, net, matrix));
                writeln!(svg, "<path d=\"{d}\"><title>{title}</title></path>")?;
            }
            None => writeln!(svg, "<path d=\"{d}\"/>")?,
        }
    }
    for end in layout.ends.iter().filter(|end| end.net == number) {
        write_arrow(svg, &look, end.point, end.side)?;
    }
    writeln!(svg, "</g>")
}

fn links_of<'a>(net: &'a Net, matrix: &'a Matrix<'_>) -> impl Iterator<Item = &'a Link<'a>> {
    net.links.iter().filter_map(|&link| matrix.links.get(link))
}

/// The lines of a tooltip. They are escaped one by one, so that nobody's text makes a line of its own.
fn net_title(net: &Net, matrix: &Matrix<'_>) -> Vec<String> {
    let server = matrix.members.get(net.server).map(|member| member.name);
    let server = server.map(ToString::to_string).unwrap_or_default();
    let places = links_of(net, matrix).map(|link| link.endpoint.place().to_string());
    let mut lines = vec![format!("to {server}, {}:", net.state)];
    lines.extend(listed(places));
    lines
}

fn client_title(client: usize, net: &Net, matrix: &Matrix<'_>) -> Vec<String> {
    let own = links_of(net, matrix).filter(|link| link.client == client);
    let places = own.map(|link| format!("{}: {}", link.endpoint.place(), link.state));
    listed(places)
}

fn listed(lines: impl Iterator<Item = String>) -> Vec<String> {
    let mut listed: Vec<String> = lines.collect();
    let more = listed.len().saturating_sub(MAX_LISTED);
    if more > 0 {
        listed.truncate(MAX_LISTED);
        listed.push(format!("and {more} more"));
    }
    listed
}

fn write_box(svg: &mut String, one: &PlacedBox) -> fmt::Result {
    let Area {
        x,
        y,
        width,
        height,
    } = one.area;
    let head = label::head(&one.kind);
    let odd = match one.kind {
        super::graph::BoxKind::Host(_) => "",
        super::graph::BoxKind::NoHost | super::graph::BoxKind::NotInFleet => " class=\"odd\"",
    };
    let room = (width - 2.0 * PADDING) / 1.08;
    writeln!(
        svg,
        "<g{odd}><title>{}</title><rect class=\"box\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" rx=\"4\"/><rect class=\"head\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{BOX_HEAD}\" rx=\"4\"/><text class=\"host\" x=\"{:.1}\" y=\"{:.1}\">{}</text></g>",
        escaped(head),
        x + PADDING,
        y + BOX_HEAD / 2.0 + FONT * 0.36,
        escaped(&label::cut(head, room))
    )
}

fn write_row(svg: &mut String, row: &PlacedRow, member: &Member<'_>) -> fmt::Result {
    let Area {
        x,
        y,
        width,
        height,
    } = row.area;
    let middle = y + height / 2.0;
    let room = width - 2.0 * PADDING - label::marks_width(member.ports.len());
    let name = label::cut(&label::shown(member.name.as_str()), room);
    writeln!(
        svg,
        "<g class=\"app\"><title>{}</title><rect class=\"row\" x=\"{:.1}\" y=\"{y:.1}\" width=\"{:.1}\" height=\"{height:.1}\"/><text class=\"name\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
        escaped_lines(&member_title(member)),
        x + 1.0,
        width - 2.0,
        x + PADDING,
        middle + FONT * 0.36,
        escaped(&name)
    )?;
    let mut right = x + width - PADDING;
    let hidden = member.ports.len().saturating_sub(MAX_MARKS);
    if hidden > 0 {
        writeln!(
            svg,
            "<text class=\"mark\" style=\"fill:#1c2733\" x=\"{:.1}\" y=\"{:.1}\">+{hidden}</text>",
            right - MARK * 0.6,
            middle + 3.0
        )?;
        right -= MARK * 1.4;
    }
    for port in member.ports.iter().take(MAX_MARKS).rev() {
        write_mark(svg, port.state, right - 5.0, middle)?;
        right -= MARK;
    }
    writeln!(svg, "</g>")
}

fn member_title(member: &Member<'_>) -> Vec<String> {
    let mut title = member.name.to_string();
    let component = member.written.and_then(|one| one.component.as_ref());
    if let Some(component) = component {
        title.push_str(&format!(" ({})", component.value));
    }
    let ports = member.ports.iter().map(|port| {
        let (endpoint, state) = (port.endpoint, port.state);
        let network = endpoint.network().map(ToString::to_string);
        let network = network.unwrap_or_default();
        format!("{} {network}: {state}", endpoint.place())
    });
    let mut lines = vec![title];
    lines.extend(listed(ports));
    lines
}

/// Lines as the path data of SVG.
pub(super) fn path(curves: &[Curve]) -> String {
    let mut d = String::new();
    let mut last = None;
    for curve in curves {
        let ((x, y), (to_x, to_y)) = (curve.from, curve.to);
        // Writing into a string does not fail.
        if last != Some(curve.from) {
            let _ = write!(d, "M{x:.1} {y:.1}");
        }
        let _ = match curve.bend {
            None => write!(d, "L{to_x:.1} {to_y:.1}"),
            Some([(ax, ay), (bx, by)]) => {
                write!(d, "C{ax:.1} {ay:.1} {bx:.1} {by:.1} {to_x:.1} {to_y:.1}")
            }
        };
        last = Some(curve.to);
    }
    d
}
