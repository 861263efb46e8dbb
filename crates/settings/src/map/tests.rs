//! Maps of fleets that are made up: nothing overlaps, nothing leaves its box, and the same fleet gives the same map.

use std::fmt::Write as _;

use super::label::{self, PADDING};
use super::placing::{Area, BOX_HEAD, Curve, Layout, layout};
use super::svg;
use crate::fleet_file::{self, Source};
use crate::matrix::Matrix;
use crate::resolve::resolve;

/// Numbers that look as if by chance, the same in every run: the generator of the C standard's example.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(1_103_515_245).wrapping_add(12_345) % (1 << 31);
        usize::try_from(self.0 >> 8).unwrap() % limit
    }
}

/// A fleet with so many hosts and applications, each with a port, and so many connections; some pairs, some cycles.
fn fleet(hosts: usize, applications: usize, connections: usize) -> String {
    let mut chance = Chance(7);
    let mut text = String::new();
    for host in 0..hosts {
        write!(text, "[[host]]\nname = \"h{host}.example.com\"\nsecurity.certificate = \"/c\"\nsecurity.certificate-key = \"/k\"\nsecurity.trusted-ca = \"/a\"\n").unwrap();
    }
    for own in 0..applications {
        let host = own * hosts / applications;
        write!(text, "[[application]]\nname = \"Application {own}\"\nhost = \"h{host}.example.com\"\ncertificate-source = \"host\"\n").unwrap();
        if own % 7 == 0 && own + 1 < applications {
            writeln!(text, "backup = \"Application {}\"", own + 1).unwrap();
        }
        let transport = ["tls=1", "", "tls=1;tls-mutual=1", "upgrade=1"][chance.below(4)];
        write!(
            text,
            "[[application.port]]\nnumber = {}\ntransport = \"{transport}\"\n",
            own + 1
        )
        .unwrap();
        for _ in 0..connections / applications {
            let other = chance.below(applications);
            write!(
                text,
                "[[application.connection]]\nto = \"Application {other}\"\n"
            )
            .unwrap();
        }
    }
    text
}

fn with<T>(text: &str, look: impl FnOnce(&Matrix<'_>) -> T) -> T {
    let fleet = fleet_file::read(&[Source { path: "f", text }]);
    let resolution = resolve(&fleet, "2026-10-01".parse().unwrap());
    look(&Matrix::new(&fleet, &resolution))
}

fn sizes() -> Vec<String> {
    let sizes = [
        (1, 1, 0),
        (4, 5, 10),
        (12, 20, 40),
        (45, 90, 270),
        (3, 60, 300),
    ];
    sizes.map(|(h, a, c)| fleet(h, a, c)).to_vec()
}

fn overlap(one: Area, other: Area) -> bool {
    one.x < other.x + other.width
        && other.x < one.x + one.width
        && one.y < other.y + other.height
        && other.y < one.y + one.height
}

fn inside(inner: Area, outer: Area) -> bool {
    inner.x >= outer.x
        && inner.y >= outer.y
        && inner.x + inner.width <= outer.x + outer.width + 0.01
        && inner.y + inner.height <= outer.y + outer.height + 0.01
}

#[test]
fn boxes_do_not_overlap_and_hold_their_rows() {
    for text in sizes() {
        with(&text, |matrix| {
            let Layout {
                boxes,
                rows,
                width,
                height,
                ..
            } = layout(matrix);
            for (number, one) in boxes.iter().enumerate() {
                for other in &boxes[..number] {
                    assert!(!overlap(one.area, other.area));
                }
                assert!(one.area.x >= 0.0 && one.area.x + one.area.width <= width);
                assert!(one.area.y >= 0.0 && one.area.y + one.area.height <= height);
            }
            assert_eq!(rows.len(), matrix.members.len());
            for (number, row) in rows.iter().enumerate() {
                assert!(boxes.iter().any(|one| inside(row.area, one.area)));
                for other in &rows[..number] {
                    assert!(!overlap(row.area, other.area));
                }
            }
        });
    }
}

#[test]
fn labels_stay_in_their_boxes() {
    let long = fleet(3, 4, 4).replace("Application 0", "Wide Application 日本 ".repeat(6).trim());
    with(&long, |matrix| {
        let layout = layout(matrix);
        for row in &layout.rows {
            let member = &matrix.members[row.member];
            let marks = label::marks_width(member.ports.len());
            let room = row.area.width - 2.0 * PADDING - marks;
            let name = label::cut(&label::shown(member.name.as_str()), room);
            assert!(name.chars().count() > 3, "{name}");
            assert!(label::width(&name) <= room + 0.1, "{name}");
            assert!(row.area.height >= label::FONT && BOX_HEAD >= label::FONT);
        }
    });
}

/// The longest of them gives the box its width.
#[test]
fn names_of_hosts_are_whole_where_there_is_room() {
    for host in [
        "java1.shop.example",
        "a.example",
        "recording-server7.example",
    ] {
        let fleet = format!(
            "[[host]]\nname = \"{host}\"\n[[application]]\nname = \"A\"\nhost = \"{host}\"\n"
        );
        with(&fleet, |matrix| {
            let svg = svg(matrix, "Fleet");
            assert!(svg.contains(&format!(">{host}</text>")), "{svg}");
        });
    }
}

#[test]
fn hosts_without_applications_are_on_the_map() {
    let busy = fleet(4, 5, 10);
    let idle = "[[host]]\nname = \"idle1.example\"\n[[host]]\nname = \"idle2.example\"\n";
    with(&format!("{busy}{idle}"), |matrix| {
        let boxes = layout(matrix).boxes;
        assert_eq!(boxes.len(), 6);
        for (number, one) in boxes.iter().enumerate() {
            let mut others = boxes[..number].iter();
            assert!(others.all(|other| !overlap(one.area, other.area)));
        }
        let svg = svg(matrix, "Fleet");
        assert!(svg.contains(">idle1.example</text>") && svg.contains(">idle2.example</text>"));
    });
    with(idle, |matrix| {
        assert!(svg(matrix, "Fleet").contains(">idle1.example</text>"));
    });
    let around = |matrix: &Matrix<'_>| {
        let named = ["Application 0".parse().unwrap()];
        matrix.clone().around(&named).idle_hosts.len()
    };
    assert_eq!(with(&format!("{busy}{idle}"), around), 0);
}

/// Points along a line.
fn points(curve: &Curve) -> Vec<(f64, f64)> {
    let [a, b] = curve.bend.unwrap_or([curve.from, curve.to]);
    let at = |t: f64, from: f64, a: f64, b: f64, to: f64| {
        let s = 1.0 - t;
        s * s * s * from + 3.0 * s * s * t * a + 3.0 * s * t * t * b + t * t * t * to
    };
    (0..=40_u32)
        .map(|step| {
            let t = f64::from(step) / 40.0;
            let x = at(t, curve.from.0, a.0, b.0, curve.to.0);
            (x, at(t, curve.from.1, a.1, b.1, curve.to.1))
        })
        .collect()
}

#[test]
fn no_line_runs_through_a_box() {
    for text in sizes() {
        with(&text, |matrix| {
            let layout = layout(matrix);
            for line in &layout.lines {
                for (x, y) in points(&line.curve) {
                    let hit = layout.boxes.iter().find(|one| {
                        let Area {
                            x: left,
                            y: top,
                            width,
                            height,
                        } = one.area;
                        x > left + 0.1
                            && x < left + width - 0.1
                            && y > top + 0.1
                            && y < top + height - 0.1
                    });
                    assert!(hit.is_none(), "{:?} at {x}, {y}", line.curve);
                    assert!(x <= layout.width && y <= layout.height);
                }
            }
        });
    }
}

#[test]
fn every_link_is_a_line_from_its_client_to_its_server() {
    for text in sizes() {
        with(&text, |matrix| {
            let layout = layout(matrix);
            let row = |member| {
                layout
                    .rows
                    .iter()
                    .find(|row| row.member == member)
                    .unwrap()
                    .area
            };
            for (number, net) in layout.wires.nets.iter().enumerate() {
                let end = layout.ends.iter().find(|end| end.net == number).unwrap();
                let server = row(net.server);
                assert!(end.point.1 > server.y && end.point.1 < server.y + server.height);
                let lines: Vec<_> = layout
                    .lines
                    .iter()
                    .filter(|line| line.net == number)
                    .collect();
                for &link in &net.links {
                    let client = matrix.links[link].client;
                    let mut at = lines
                        .iter()
                        .find(|line| line.client == Some(client))
                        .unwrap()
                        .curve
                        .to;
                    // Each piece begins where the one before it ends.
                    while at != end.point {
                        at = lines
                            .iter()
                            .find(|line| line.curve.from == at)
                            .unwrap()
                            .curve
                            .to;
                    }
                }
            }
        });
    }
}

#[test]
fn the_same_fleet_gives_the_same_map() {
    let text = fleet(12, 30, 120);
    let draw = |text: &str| with(text, |matrix| svg(matrix, "Fleet"));
    assert_eq!(draw(&text), draw(&text));
}

#[test]
fn texts_of_others_stay_texts() {
    let text = "[[host]]\nname = \"a.example.com\"\n[[application]]\nname = \"<b>&\\u202e'\\\"\"\ncomponent = \"</g><script>\"\nhost = \"a.example.com\"\n[[application.connection]]\nto = \"no <one>\"\n";
    let svg = with(text, |matrix| svg(matrix, "<&>"));
    assert!(!svg.contains("<b>") && !svg.contains("<script>") && !svg.contains('\u{202e}'));
    assert!(svg.contains("&lt;b&gt;&amp;\\u{202e}&#39;&quot;"));
    assert!(svg.contains("(not in the fleet)"));
}

#[test]
fn tooltips_have_lines_and_texts_of_others_make_none() {
    let text = "[[host]]\nname = \"a.example.com\"\n[[application]]\nname = \"One\"\ncomponent = \"x\\ny\"\nhost = \"a.example.com\"\n[[application.port]]\nnumber = 4060\n[[application.connection]]\nto = \"Two\"\n";
    let svg = with(text, |matrix| svg(matrix, "Fleet"));
    assert!(svg.contains("<title>One (x\\u{a}y)\nOne:default "), "{svg}");
    assert!(svg.contains("refused:\nOne/Two:default</title>"), "{svg}");
}
