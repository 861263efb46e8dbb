//! Who connects to whom: as a grid, as a list, as JSON, and as a map that others can read.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use trustpack_e2e::call::Call;
use trustpack_e2e::folder;

const FLEET: &str = "[[host]]
name = \"a.example.com\"
[host.security]
certificate = \"/c.pem\"
certificate-key = \"/c.key\"
trusted-ca = \"/ca.pem\"

[[application]]
name = \"Desk <&>\"
host = \"a.example.com\"
certificate-source = \"host\"
[[application.connection]]
to = \"Stat\"
[[application.connection]]
to = \"Stat\"
port = \"plain\"
[[application.connection]]
to = \"Gone\"

[[application]]
name = \"Stat\"
host = \"a.example.com\"
certificate-source = \"host\"
[[application.port]]
number = 1
transport = \"tls=1;tls-mutual=1\"
[[application.port]]
id = \"plain\"
number = 2
";

fn write(folder: &Path, text: &str) -> PathBuf {
    let file = folder.join("fleet.toml");
    fs::write(&file, text).unwrap();
    file
}

fn matrix(fleet: &Path, words: &[&str]) -> Call {
    Call::trustpack(["fleet", "matrix"]).args(words).arg(fleet)
}

#[test]
fn a_small_fleet_is_a_grid_and_a_wide_one_a_list() {
    let folder = folder::temporary();
    let fleet = write(folder.path(), FLEET);
    let grid = matrix(&fleet, &[]).succeeds().stdout;
    assert_eq!(
        grid,
        "                            2  3
1 Desk <&>                 MO  R
2 Stat                      .  .
3 Gone (not in the fleet)   .  .
rows connect to columns
M mutual: 1   O open: 1   R refused: 1
"
    );
    let list = matrix(&fleet, &["--list", "--application", "Gone"]).succeeds();
    assert_eq!(
        list.stdout,
        "a.example.com
  Desk <&>
    Gone (not in the fleet)  refused  default
R refused: 1
"
    );
    matrix(&fleet, &["--application", "Gane"]).refused("the fleet has no application Gane");
    let mut wide = FLEET.to_owned();
    for number in 0..40 {
        wide.push_str(&format!("[[application]]\nname = \"A{number}\"\nhost = \"a.example.com\"\n[[application.connection]]\nto = \"A{}\"\n", (number + 1) % 40));
    }
    let wide = write(folder.path(), &wide);
    let list = matrix(&wide, &[]).succeeds().prints("  A39\n    A0");
    assert!(list.stdout.lines().all(|line| line.len() <= 100), "{list}");
}

#[test]
fn json_names_every_connection() {
    let folder = folder::temporary();
    let fleet = write(folder.path(), FLEET);
    let json: Value = serde_json::from_str(&matrix(&fleet, &["--json"]).succeeds().stdout).unwrap();
    assert_eq!(json["applications"][2]["in_fleet"], false, "{json:#}");
    let pair = &json["pairs"][0];
    assert_eq!(
        (&pair["from"], &pair["to"]),
        (&"Desk <&>".into(), &"Stat".into())
    );
    assert_eq!(pair["connections"][1]["port"], "plain");
    assert_eq!(pair["connections"][1]["state"], "open");
    assert_eq!(json["states"]["mutual"], 1);
}

#[test]
fn the_map_is_good_xml_and_no_file_is_lost_to_it() {
    let folder = folder::temporary();
    let fleet = write(folder.path(), FLEET);
    let map = folder.path().join("map.svg");
    let svg = ["--svg", map.to_str().unwrap()];
    matrix(&fleet, &svg).succeeds().says("drawn");
    Call::foreign("xmllint", ["--noout"]).arg(&map).succeeds();
    let drawn = fs::read_to_string(&map).unwrap();
    assert!(drawn.contains("Desk &lt;&amp;&gt;"), "{drawn}");
    matrix(&fleet, &svg)
        .refused("is there already")
        .says("--replace");
    matrix(&fleet, &["--svg", svg[1], "--replace"]).succeeds();
    assert_eq!(fs::read_to_string(&map).unwrap(), drawn, "the same again");
    assert_eq!(matrix(&fleet, &["--svg", "-"]).succeeds().stdout, drawn);
}
