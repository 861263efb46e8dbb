//! The examples of the help texts, each run as it stands: on a machine with the names, accounts and files that they name.
//!
//! Serial numbers and days are those of the moment. Invariant: an example is run, or is in the list of those that are not,
//! with the reason.

use std::fmt::Write as _;
use std::fs;

use trustpack_e2e::call::Call;
use trustpack_e2e::{folder, program};

use crate::reference::commands;

/// What is done before an example, in the copy of the folder in which it is run.
const BEFORE: [(&str, &str); 27] = [
    ("trustpack ca create", "rm -r my-ca"),
    ("trustpack ca import", "rm -r my-ca"),
    ("trustpack ca sub --ca root-ca --out", "rm -r my-ca"),
    (
        "trustpack ca renew --ca my-ca --parent",
        "rm -r my-ca; trustpack ca sub --ca root-ca --out my-ca 'Services CA'",
    ),
    (
        "trustpack cert revoke --ca my-ca --lift",
        "trustpack cert revoke --ca my-ca --reason certificateHold $SERIAL",
    ),
    ("trustpack cert request --organization", "rm web1*"),
    (
        "trustpack cert adopt",
        "mkdir theirs; mv web1.pem web1_priv_key.pem their_chain.pem theirs; cd theirs",
    ),
    ("trustpack cert show stat1.example.com:443", SERVER),
    ("trustpack key create", "rm web1_priv_key.pem"),
    ("trustpack key convert stat1_cert.pfx", "rm stat1_priv_key.pem"),
    ("trustpack store create stat1.p12", "rm stat1.p12"),
    ("trustpack store create trust.jks", "rm trust.jks"),
    (
        "trustpack crl check --from-cdp",
        "mkdir www; trustpack crl create --ca my-ca --out www/ca.crl --der
         runs python3 -u -m http.server 80 --bind 127.0.0.1 --directory www",
    ),
    (
        "trustpack fleet accept TP4020",
        "printf '[[application]]\nname = \"Db\"\nhost = \"db1.example.com\"\naccount = \"db\"\n' >>fleet.toml
         printf '[[application.port]]\nnumber = 5432\nmode = \"secured\"\n' >>fleet.toml
         echo db:x:1234:1234::/:/bin/sh >hosts/db1.example.com/etc/passwd",
    ),
    ("trustpack fleet import objects.json", "rm fleet.toml"),
    ("trustpack fleet import export.csv --out", "rm fleet.toml"),
    (
        "trustpack host install stat1",
        "trustpack cert export --ca my-ca stat1.example.com --to stat1",
    ),
    (
        "trustpack host install --previous",
        "trustpack host install 0F3A_stat1_unix
         trustpack cert renew --ca my-ca stat1.example.com
         trustpack cert export --ca my-ca stat1.example.com --to stat1
         trustpack host install stat1",
    ),
    ("trustpack host check", "trustpack host install 0F3A_stat1_unix"),
    (
        "trustpack host check --group",
        "trustpack host install 0F3A_stat1_unix --group trustpack",
    ),
    (
        "trustpack host check /opt",
        "trustpack host install 0F3A_stat1_unix --to /opt/voice/tls --owner voice",
    ),
    ("trustpack tunnel reload", "tunnels"),
    ("trustpack tunnel report", "tunnels"),
    ("trustpack tunnel status", "tunnels"),
    ("trustpack tunnel stop", "tunnels"),
    ("trustpack tunnel top", "tunnels"),
    ("trustpack probe", "tunnels"),
];

/// A service in TLS at the customary port.
const SERVER: &str = "runs trustpack tunnel server --listen 0.0.0.0:443 --to 127.0.0.1:3060 \
    --certificate stat1_cert.pem --certificate-key stat1_priv_key.pem --trusted-ca ca_cert.pem";

/// Examples that go on until they are stopped, with a word by which it is seen that they are at work.
const GO_ON: [(&str, &str); 4] = [
    ("trustpack tunnel client", "ready"),
    ("trustpack tunnel run", "ready"),
    ("trustpack tunnel server", "ready"),
    ("trustpack tunnel top", "StatServer:default"),
];

/// Examples that ask for a password, as somebody at a terminal types it.
const AT_TERMINAL: [&str; 3] = [
    "trustpack ca create --ca my-ca --permit",
    "trustpack key create rsa-4096 --encrypt",
    "trustpack store create trust.jks",
];

/// Examples that are not run, and what stands in for that.
const NOT_RUN: [(&str, &str); 1] = [(
    "trustpack demo",
    "the test of the README runs it, which takes half a minute",
)];

/// The serial number that the help texts show, and the days.
const SHOWN: [(&str, &str); 3] = [
    ("63047038E16DA3016482306966332F2B", "$SERIAL"),
    ("2027-03-31", "$SOON"),
    ("2027-06-01", "$SOON"),
];

/// The examples of all help texts, each a line of a shell.
fn examples() -> Vec<String> {
    let mut found = Vec::new();
    for (_, help) in commands() {
        let help = help.replace("\\\n", " ");
        let lines = help
            .lines()
            .skip_while(|line| !matches!(*line, "Example:" | "Examples:"))
            .skip(1)
            .map(str::trim);
        let is_command =
            |line: &&str| line.starts_with("trustpack ") || line.contains("| trustpack ");
        found.extend(lines.filter(is_command).map(str::to_owned));
    }
    found
}

/// What a table says of the example that begins so; the longest beginning counts.
fn of<'a>(table: &[(&str, &'a str)], example: &str) -> Option<&'a str> {
    let begins = table.iter().filter(|(start, _)| example.starts_with(start));
    let longest = begins.max_by_key(|(start, _)| start.len());
    longest.map(|(_, what)| *what)
}

/// The example as it is run: after what has to be there, and with what was left running stopped at the end.
fn script(example: &str) -> String {
    let before = of(&BEFORE, example).unwrap_or_default();
    let mut example = example.to_owned();
    for (shown, now) in SHOWN {
        example = example.replace(shown, now);
    }
    let run = if let Some(word) = of(&GO_ON, &example) {
        format!("(exec {example}) >it.log 2>&1 &\nready it.log {word} && kill -TERM $!\nwait $!")
    } else if AT_TERMINAL.iter().any(|start| example.starts_with(start)) {
        format!("at_terminal '{example}'")
    } else {
        example
    };
    format!(
        "set -euo pipefail\ntrap 'exit 99' ERR\n{before}\ntrap - ERR\nset +eu\n{run}\ncode=$?\n\
         kill $(jobs -p) 2>/dev/null\nwait\nexit $code\n"
    )
}

#[test]
fn every_example_of_a_help_text_does_what_its_page_says() {
    let work = folder::temporary();
    let folder = work.path().join("examples");
    fs::create_dir(&folder).unwrap();
    let (mut list, mut left_out) = (String::new(), 0);
    let examples = examples();
    assert!(
        examples.len() > 100,
        "the help texts have lost their examples: {}",
        examples.len()
    );
    for (number, example) in examples.iter().enumerate() {
        let script = match of(&NOT_RUN, example) {
            None => script(example),
            Some(_) => {
                left_out += 1;
                // Its words are taken, at least.
                script(&format!("{example} --help"))
            }
        };
        fs::write(folder.join(number.to_string()), script).unwrap();
        writeln!(list, "{number}").unwrap();
    }
    assert!(left_out < 5, "{left_out} examples are not run");
    fs::write(work.path().join("list"), list).unwrap();
    let words = ["--map-root-user", "--net", "--mount", "bash", "-c"];
    Call::foreign("unshare", words)
        .arg(include_str!("help_examples/machine.sh"))
        .within(work.path())
        .env("TRUSTPACK_BIN", &program::trustpack().display().to_string())
        .succeeds();
}

/// A row that no example begins with is one of an example that is gone.
#[test]
fn every_row_about_examples_is_of_one() {
    let examples = examples();
    let rows = [&BEFORE[..], &GO_ON, &NOT_RUN].concat();
    let starts = rows.iter().map(|(start, _)| *start).chain(AT_TERMINAL);
    for start in starts {
        assert!(
            examples.iter().any(|example| example.starts_with(start)),
            "{start}"
        );
    }
}
