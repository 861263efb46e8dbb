//! The commands of README.md, run as a reader would run them.
//!
//! They run in network and mount namespaces of their own, where `stat1.example.com` is this machine:
//! the ports of the README are free there, and nothing outside is touched.

#![expect(clippy::expect_used, reason = "a test reports by panicking")]

use std::fmt::Write as _;
use std::path::Path;

use trustpack_e2e::call::Call;
use trustpack_e2e::{folder, program};

/// The shell blocks of the README, in order.
fn blocks(readme: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut rest = readme;
    while let Some((_, after)) = rest.split_once("\n```sh\n") {
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

#[test]
fn the_commands_of_the_readme_work() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let readme = std::fs::read_to_string(root.join("README.md")).expect("README.md");
    let blocks = blocks(&readme);
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
    for proof in [
        "All 8 hold",
        "mutual TLS carries data both ways",
        "nothing is out of step",
    ] {
        assert!(
            outcome.stdout.contains(proof),
            "{proof:?} is missing in {outcome}"
        );
    }
}
