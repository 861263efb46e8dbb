//! The commands of README.md, run as a reader would run them.
//!
//! They run in network and mount namespaces of their own, where `stat1.example.com` is this machine:
//! the ports of the README are free there, and nothing outside is touched.

#![expect(clippy::expect_used, reason = "a test reports by panicking")]

use std::fmt::Write as _;
use std::path::Path;

use trustpack_e2e::call::Call;
use trustpack_e2e::{folder, program};

/// The blocks of the README in this language, in order.
fn blocks(readme: &str, language: &str) -> Vec<String> {
    let start = format!("\n```{language}\n");
    let mut blocks = Vec::new();
    let mut rest = readme;
    while let Some((_, after)) = rest.split_once(&start) {
        let (block, after) = after.split_once("```").expect("a closed block");
        blocks.push(block.to_owned());
        rest = after;
    }
    blocks
}

/// A script that runs the blocks: those that start a tunnel go on beside the rest, each on its host.
fn script(blocks: &[String]) -> String {
    let mut script = String::from(include_str!("readme/before.sh"));
    for block in blocks {
        let block = block.trim_end();
        if block.starts_with("trustpack tunnel server") {
            write!(script, "on_host stat1 <<'BLOCK'\n{block}\nBLOCK\n").expect("a string");
        } else if block.starts_with("trustpack tunnel client") {
            write!(script, "on_host desk1 <<'BLOCK'\n{block}\nBLOCK\n").expect("a string");
        } else {
            writeln!(script, "{block}").expect("a string");
        }
    }
    script.push_str(include_str!("readme/after.sh"));
    script
}

/// A line without what differs from run to run and does not matter: numbers, and how wide blanks are.
fn shape(line: &str) -> String {
    let mut shape = String::new();
    for character in line
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .chars()
    {
        match character {
            digit if digit.is_ascii_digit() && shape.ends_with('0') => {}
            digit if digit.is_ascii_digit() => shape.push('0'),
            other => shape.push(other),
        }
    }
    shape
}

/// Whether a line is what the README shows of it; `...` stands for what was left out.
fn is_shown_as(line: &str, shown: &str) -> bool {
    let mut parts = shown.split("...").map(str::trim);
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = line.strip_prefix(first) else {
        return false;
    };
    let mut end = first;
    for part in parts {
        let Some((_, after)) = rest.split_once(part) else {
            return false;
        };
        (rest, end) = (after, part);
    }
    // A part at the end that is empty stands for the rest of the line.
    rest.is_empty() || (end.is_empty() && shown.ends_with("..."))
}

/// Every line that the README shows must be printed, in that order.
#[track_caller]
fn assert_shown(readme: &str, printed: &str) {
    let mut lines = printed.lines().map(shape);
    let shown: Vec<String> = blocks(readme, "text")
        .iter()
        .flat_map(|b| b.lines().map(shape).collect::<Vec<_>>())
        .collect();
    assert!(!shown.is_empty(), "the README shows no output");
    for shown in shown.iter().filter(|line| !line.is_empty()) {
        assert!(
            lines.any(|line| is_shown_as(&line, shown)),
            "the README shows {shown:?}, which is not printed, or earlier:\n{printed}"
        );
    }
}

#[test]
fn what_was_left_out_may_be_anything() {
    let check = |line, shown, wanted| assert_eq!(is_shown_as(line, shown), wanted, "{shown}");
    check("all of it", "all of it", true);
    check("all of it", "all of", false);
    check("all of it", "all ...", true);
    check("all of it", "all ... it", true);
    check("all of it", "all ... i", false);
    check("all of it", "...", true);
    check("all of it", "none ... it", false);
    assert_eq!(
        shape("yes    12.34 s  to 127.0.0.1"),
        "yes 0.0 s to 0.0.0.0"
    );
}

#[test]
fn the_commands_of_the_readme_work() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let readme = std::fs::read_to_string(root.join("README.md")).expect("README.md");
    let blocks = blocks(&readme, "sh");
    assert!(
        blocks.len() >= 6,
        "the README has lost its commands: {blocks:?}"
    );
    let folder = folder::temporary();
    let words = ["--map-root-user", "--net", "--mount", "bash", "-c"];
    let outcome = Call::foreign("unshare", words)
        .arg(script(&blocks))
        .within(folder.path())
        .env("TRUSTPACK_BIN", &program::trustpack().display().to_string())
        .succeeds();
    assert_shown(&readme, &outcome.stdout);
    // The last word has the check of the CA, and the client at the connection that was secured.
    let outcome = outcome.prints("nothing is out of step");
    outcome.prints("\"event\":\"end\",\"octets\":1000000");
}
