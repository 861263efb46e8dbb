//! The commands of README.md, of the guides and of the pages on `hosts.csv` and imports, run as a reader would run them.
//!
//! They run in network and mount namespaces of their own, where `stat1.example.com` is this machine:
//! the ports of the documents are free there, and nothing outside is touched. They have a PID namespace of their own as
//! well, so that all that they started ends with their script. A block `sh` must succeed, a block `sh fails` must not;
//! what the blocks `text` show must be printed. A program that a block leaves running (`>web.log 2>&1 &`) is ready before
//! the next one.

#![expect(clippy::expect_used, reason = "a test reports by panicking")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use trustpack_e2e::call::{Call, Outcome};
use trustpack_e2e::{folder, processes, program};

/// What a guide's own preparation prints is none of the guide.
const PREPARED: &str = "=== here the guide begins";

/// Serial numbers, fingerprints and identifiers have at least so many digits.
const HEXADECIMAL_DIGITS: usize = 16;

/// What stands between two fences.
struct Block {
    /// What stands behind the opening fence.
    kind: String,
    text: String,
}

/// The blocks of a document, in order.
fn blocks(document: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut lines = document.lines();
    while let Some(line) = lines.next() {
        let Some(kind) = line.strip_prefix("```") else {
            continue;
        };
        let text: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        blocks.push(Block {
            kind: kind.to_owned(),
            text: text.join("\n"),
        });
    }
    blocks
}

/// A script that runs the blocks of the README: those that start a tunnel go on beside the rest, each on its host.
fn script_of_readme(blocks: &[Block]) -> String {
    let mut script = String::from(include_str!("documents/before.sh"));
    for block in blocks.iter().filter(|block| block.kind == "sh") {
        let block = &block.text;
        if block.starts_with("trustpack tunnel server") {
            write!(script, "on_host stat1 <<'BLOCK'\n{block}\nBLOCK\n").expect("a string");
        } else if block.starts_with("trustpack tunnel client") {
            write!(script, "on_host desk1 <<'BLOCK'\n{block}\nBLOCK\n").expect("a string");
        } else {
            writeln!(script, "{block}").expect("a string");
        }
    }
    script.push_str(include_str!("documents/after.sh"));
    script
}

/// A script that runs the blocks of a guide, after what prepares the files that it starts from.
fn script_of_guide(blocks: &[Block], preparation: &str) -> String {
    let mut script = String::from(include_str!("documents/before.sh"));
    write!(script, "exec 2>&1\n{preparation}\necho '{PREPARED}'\n").expect("a string");
    for Block { kind, text } in blocks {
        match kind.as_str() {
            "sh" => {
                write!(script, "{}{}", patient(text), waiting(text)).expect("a string");
            }
            "sh fails" => write!(
                script,
                "if (\n{text}\n); then echo 'this block should have failed'; exit 1; fi\n"
            )
            .expect("a string"),
            _ => {}
        }
    }
    script
}

/// A block as it is run: what it looks for in a log may come a moment after what it is about.
fn patient(text: &str) -> String {
    let patient = |line: &str| match line.strip_prefix("grep ") {
        Some(words) => format!("soon grep {words}\n"),
        None => format!("{line}\n"),
    };
    text.lines().map(patient).collect()
}

/// What waits for the programs that a block leaves running, each with its words in a log of its own: until that says so.
fn waiting(text: &str) -> String {
    text.lines()
        .filter_map(|line| line.strip_suffix(" 2>&1 &"))
        .filter_map(|line| line.rsplit_once('>'))
        .map(|(_, log)| format!("wait_for {log}\n"))
        .collect()
}

/// Runs a script on a machine of its own, in a new folder. Nothing that it started outlives it.
#[track_caller]
fn run(script: &str) -> Outcome {
    let folder = folder::temporary();
    let story = folder.path().display().to_string();
    let outcome = Call::foreign("unshare", ["--map-root-user", "--net", "--mount"])
        // When the shell ends, which is the first process there, the system ends all others; it ends with its caller.
        .args(["--pid", "--fork", "--kill-child", "bash", "-c", script])
        .within(folder.path())
        .env("TRUSTPACK_BIN", &program::trustpack().display().to_string())
        .env("TRUSTPACK_EXAMPLES", &examples().display().to_string())
        .env(processes::MARK, &story)
        .run();
    assert_eq!(processes::marked(&story), [""; 0], "{outcome}");
    outcome
}

/// The same of one that must succeed.
#[track_caller]
fn works(script: &str) -> Outcome {
    let outcome = run(script);
    assert!(outcome.status.success(), "{outcome}");
    outcome
}

/// Where cargo puts the examples of all crates: beside the folder of the tests.
fn examples() -> PathBuf {
    let test = std::env::current_exe().expect("the test itself");
    let profile = test.ancestors().nth(2).expect("target/PROFILE/deps/TEST");
    profile.join("examples")
}

/// A line without what differs from run to run and does not matter: numbers, hexadecimal ones too, and how wide
/// blanks are.
fn shape(line: &str) -> String {
    let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut shape = String::new();
    let mut rest = line.as_str();
    while let Some(next) = rest.chars().next() {
        let digits = rest
            .find(|c: char| !c.is_ascii_hexdigit())
            .unwrap_or(rest.len());
        let (taken, after) = if digits >= HEXADECIMAL_DIGITS {
            shape.push('#');
            rest.split_at(digits)
        } else {
            match next {
                digit if digit.is_ascii_digit() && shape.ends_with('0') => {}
                digit if digit.is_ascii_digit() => shape.push('0'),
                other => shape.push(other),
            }
            rest.split_at(next.len_utf8())
        };
        debug_assert!(!taken.is_empty(), "every turn takes something");
        rest = after;
    }
    shape
}

/// Whether a line is what the document shows of it; `...` stands for what was left out.
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

/// Every line that the blocks show must be printed, in that order.
#[track_caller]
fn assert_shown(document: &str, blocks: &[Block], printed: &str) {
    let mut lines = printed.lines().map(shape);
    let shown: Vec<String> = blocks
        .iter()
        .filter(|block| block.kind == "text")
        .flat_map(|block| block.text.lines().map(shape).collect::<Vec<_>>())
        .collect();
    assert!(!shown.is_empty(), "{document} shows no output");
    // A line of dots stands for any number of lines, none too: of things in no order what is shown may come last.
    for shown in shown
        .iter()
        .filter(|line| !matches!(line.as_str(), "" | "..."))
    {
        assert!(
            lines.any(|line| is_shown_as(&line, shown)),
            "{document} shows {shown:?}, which is not printed, or earlier:\n{printed}"
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
}

#[test]
fn numbers_may_be_others() {
    let check = |line, wanted| assert_eq!(shape(line), wanted, "{line}");
    check("yes    12.34 s  to 127.0.0.1", "yes 0.0 s to 0.0.0.0");
    check(
        "ca/63047038E16DA3016482306966332F2B_stat1.pem beef",
        "ca/#_stat0.pem beef",
    );
    check("ä 2026-11-21", "ä 0-0-0");
}

/// What a shell in the background has started, no script knows of: it ends all the same, also where a script fails.
#[test]
fn nothing_outlives_a_script() {
    for end in ["exit 0", "exit 7"] {
        let outcome = run(&format!(
            "(sleep 1000 & wait) & sleep 1000 & disown -a; {end}"
        ));
        assert_eq!(outcome.status.success(), end == "exit 0", "{outcome}");
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[test]
fn the_commands_of_the_readme_work() {
    let readme = std::fs::read_to_string(root().join("README.md")).expect("README.md");
    let blocks = blocks(&readme);
    let commands = blocks.iter().filter(|block| block.kind == "sh").count();
    assert!(commands >= 6, "the README has lost its commands");
    let outcome = works(&script_of_readme(&blocks));
    assert_shown("README.md", &blocks, &outcome.stdout);
    // The last word has the check of the CA, and the client at the connection that was secured.
    let outcome = outcome.prints("nothing is out of step");
    outcome.prints("\"event\":\"end\",\"octets\":1000000");
}

/// Guides whose commands are not run, with what stands in for that.
const NOT_RUN: [(&str, &str); 1] = [(
    "c-library",
    "its program is built and run by the tests of capi",
)];

/// Runs a guide, unless it is one of those that are not run.
fn runs(path: &Path) -> bool {
    let guide = std::fs::read_to_string(path).expect("a guide");
    let blocks = blocks(&guide);
    let has_commands = blocks.iter().any(|block| block.kind == "sh");
    let name = path.file_stem().expect("a name").to_string_lossy();
    let is_known = NOT_RUN.iter().any(|(known, _)| *known == name);
    assert!(
        has_commands != is_known,
        "{name}: a guide either has commands that are run, or a reason"
    );
    if is_known {
        return false;
    }
    let preparation =
        Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/documents/guides/{name}.sh"));
    let preparation = std::fs::read_to_string(preparation).unwrap_or_default();
    let printed = works(&script_of_guide(&blocks, &preparation)).stdout;
    let (_, printed) = printed.split_once(PREPARED).expect("the guide began");
    assert_shown(&name, &blocks, printed);
    true
}

#[test]
fn the_commands_of_the_guides_work() {
    let guides: Vec<PathBuf> = std::fs::read_dir(root().join("docs/guides"))
        .expect("the guides")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path: &PathBuf| path.extension().is_some_and(|ending| ending == "md"))
        .chain(["hosts-csv.md", "import.md"].map(|page| root().join("docs/reference").join(page)))
        .collect();
    // Each prints its own failure; all are run.
    let ran = std::thread::scope(|scope| {
        let running: Vec<_> = guides
            .iter()
            .map(|guide| scope.spawn(|| runs(guide)))
            .collect();
        running
            .into_iter()
            .map(|one| one.join().expect("a guide whose commands work"))
            .filter(|ran| *ran)
            .count()
    });
    assert_eq!(ran + NOT_RUN.len(), guides.len());
}
