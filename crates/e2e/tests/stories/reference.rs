//! The pages of reference, held against the program: every command, every key of JSON.
//!
//! What stands on those pages by generation is compared by `cargo xtask generate --check`; here is what a person wrote.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;
use trustpack_e2e::ca::TestCa;
use trustpack_e2e::call::Call;
use trustpack_e2e::folder;
use trustpack_e2e::plain::{self, Service};
use trustpack_e2e::tunnel::Tunnel;

/// So wide that no line of a help text is broken.
const WIDE: &str = "10000";

fn page(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference");
    std::fs::read_to_string(path.join(name)).unwrap()
}

/// Every command with its help text, the program itself first.
pub(super) fn commands() -> Vec<(Vec<String>, String)> {
    let mut found = Vec::new();
    let mut wanted = vec![Vec::new()];
    while let Some(words) = wanted.pop() {
        let help = Call::trustpack(&words)
            .arg("--help")
            .env("COLUMNS", WIDE)
            .succeeds()
            .stdout;
        let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1);
        for line in listed.take_while(|line| !line.is_empty()) {
            let name = line.split_whitespace().next().unwrap();
            if name != "help" {
                wanted.push([words.clone(), vec![name.to_owned()]].concat());
            }
        }
        found.push((words, help));
    }
    found
}

#[test]
fn every_command_has_its_section() {
    let page = page("commands.md");
    for (words, _) in commands() {
        let heading = format!("\n## trustpack {}", words.join(" "));
        let heading = heading.trim_end().to_owned() + "\n";
        assert!(page.contains(&heading), "no section {heading}");
    }
}

#[test]
fn every_command_with_json_is_on_its_page() {
    let page = page("json.md");
    let table: String = page
        .lines()
        .take_while(|line| !line.starts_with("## "))
        .collect();
    let mut missing = Vec::new();
    for (words, help) in commands() {
        let has_json = help
            .lines()
            .any(|line| line.trim_start().starts_with("--json"));
        let words = words.join(" ");
        let named = table.contains(&format!("`{words} --json`"))
            || table.contains(&format!("`{words} HOST:PORT --json`"));
        if has_json && !named {
            missing.push(words);
        }
    }
    assert!(missing.is_empty(), "no row has {missing:?}");
}

#[test]
fn every_exit_code_is_on_its_page() {
    let page = page("exit-codes.md");
    let listed: Vec<&str> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.split(" |").next())
        .filter(|cell| cell.parse::<u8>().is_ok())
        .collect();
    assert_eq!(listed, ["0", "1", "2", "3", "70"]);
    let work = folder::temporary();
    let ends = |code, line: &str| {
        Call::trustpack(line.split(' '))
            .within(work.path())
            .exits_with(code)
    };
    ends(0, "components list");
    ends(1, "ca show --ca nowhere");
    ends(2, "ca show --colour");
    ends(3, "cert show 127.0.0.1:1");
    // 70 is a fault of ours: no command line leads to it that we know of.
    let codes = ends(0, "--help").stdout;
    for (code, words) in [
        ("1", "request"),
        ("2", "usage"),
        ("3", "service"),
        ("70", "bug"),
    ] {
        let told = codes
            .lines()
            .any(|line| line.trim().starts_with(code) && line.contains(words));
        assert!(told, "{code} is not in\n{codes}");
    }
}

/// The anchor of a heading.
fn anchor(heading: &str) -> String {
    heading
        .to_lowercase()
        .chars()
        .filter(|c| c.is_alphanumeric() || " -_".contains(*c))
        .map(|c| if c == ' ' { '-' } else { c })
        .collect()
}

/// The text below the heading with this anchor, up to the next heading.
fn section(page: &str, wanted: &str) -> String {
    let mut lines = page.lines().skip_while(|line| {
        let title = line.trim_start_matches('#').trim();
        !line.starts_with("##") || anchor(title) != wanted
    });
    // What an example shows explains nothing.
    let mut in_example = false;
    let text: Vec<&str> = lines
        .by_ref()
        .skip(1)
        .take_while(|line| !line.starts_with('#'))
        .filter(|line| {
            let is_fence = line.starts_with("```");
            in_example ^= is_fence;
            !is_fence && !in_example
        })
        .collect();
    assert!(!text.is_empty(), "no section #{wanted}");
    text.join("\n")
}

/// The names in backticks of a section, and of those that it leads to.
fn documented(page: &str, wanted: &str, seen: &mut BTreeSet<String>) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    if !seen.insert(wanted.to_owned()) {
        return names;
    }
    let text = section(page, wanted);
    for quoted in text.split('`').skip(1).step_by(2) {
        let words = quoted.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        names.extend(words.map(str::to_owned));
    }
    for link in text.split("](metrics.md#").skip(1) {
        let link = link.split(')').next().unwrap();
        names.extend(documented(
            &self::page("metrics.md"),
            link,
            &mut BTreeSet::new(),
        ));
    }
    for link in text.split("](#").skip(1) {
        let link = link.split(')').next().unwrap();
        names.extend(documented(page, link, seen));
    }
    names
}

/// The keys of a value, however deep. What is no word of ours, such as the name of an option, is data.
fn keys(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                if key.chars().all(|c| c.is_ascii_lowercase() || c == '_') {
                    found.insert(key.clone());
                }
                keys(value, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| keys(item, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Every key that the command prints stands in its section of the page.
#[track_caller]
fn check(page: &str, wanted: &str, call: Call) {
    let outcome = call.arg("--json").run();
    let value: Value =
        serde_json::from_str(&outcome.stdout).unwrap_or_else(|error| panic!("{error}: {outcome}"));
    let mut printed = BTreeSet::new();
    keys(&value, &mut printed);
    assert!(!printed.is_empty(), "{outcome}");
    let documented = documented(page, wanted, &mut BTreeSet::new());
    let missing: Vec<&String> = printed.difference(&documented).collect();
    assert!(missing.is_empty(), "#{wanted} lacks {missing:?}: {value:#}");
}

/// What is shown of JSON has no key that its section does not explain.
#[test]
fn examples_of_json_are_explained() {
    let page = page("json.md");
    let mut shown = 0;
    for part in page.split("\n## ").skip(1) {
        let (heading, text) = part.split_once('\n').unwrap();
        let Some((_, json)) = text.split_once("```json\n") else {
            continue;
        };
        let (json, _) = json.split_once("```").unwrap();
        let value: Value = serde_json::from_str(json).unwrap();
        let mut found = BTreeSet::new();
        keys(&value, &mut found);
        let known = documented(&page, &anchor(heading), &mut BTreeSet::new());
        let missing: Vec<&String> = found.difference(&known).collect();
        assert!(missing.is_empty(), "{heading} lacks {missing:?}");
        shown += 1;
    }
    assert!(shown > 10, "the page has lost its examples: {shown}");
}

/// The questions for Prometheus ask for figures that there are.
#[test]
fn questions_about_figures_are_about_those_of_the_page() {
    let page = page("metrics.md");
    let (_, questions) = page.split_once("```text\n").unwrap();
    let (questions, _) = questions.split_once("```").unwrap();
    let names = questions
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .filter(|word| word.starts_with("trustpack_"));
    for name in names {
        assert!(page.contains(&format!("| `{name}` |")), "{name}");
    }
    assert!(questions.matches("trustpack_").count() > 5, "{questions}");
}

#[test]
fn keys_of_authorities_and_certificates_are_documented() {
    let page = page("json.md");
    let ca = TestCa::new();
    let dir = ca.dir().to_owned();
    let host = ca.issue("a.example.com", &[]);
    let work = folder::temporary();
    let call = |line: &str| {
        Call::trustpack(line.split(' '))
            .within(work.path())
            .env("TRUSTPACK_CA", &dir.display().to_string())
    };
    let certificate = host.certificate.display().to_string();
    let anchor = ca.conf("ca_cert.pem").display().to_string();
    let holds = |wanted: &str, line: &str| check(&page, wanted, call(line));
    holds("ca-sub-ca-renew-ca-rekey", "ca create --ca new New");
    holds("ca-sub-ca-renew-ca-rekey", "ca sub --out sub Sub");
    holds("cert-issue", "cert issue b.example.com --key ecdsa-p256");
    holds("cert-issue", "cert issue j.example.com --for java,nginx");
    holds("cert-list", "cert list");
    holds("cert-show", &format!("cert show {certificate}"));
    holds("cert-lint", &format!("cert lint {certificate}"));
    holds(
        "cert-verify",
        &format!("cert verify --trusted-ca {anchor} {certificate}"),
    );
    holds("cert-export", "cert export b.example.com --to b");
    holds("cert-bundle", "cert bundle b.example.com --for unix");
    holds("cert-renew", "cert renew b.example.com");
    holds("cert-request", "cert request c.example.com");
    holds(
        "cert-revoke",
        &format!("cert revoke {certificate} --reason superseded --crl"),
    );
    holds("crl-create", "crl create");
    holds("crl-publish", "crl publish --to .");
    holds("crl-show", "crl show crl.crl");
    holds(
        "crl-check",
        &format!("crl check --trusted-ca {anchor} --certificate {certificate} crl.crl"),
    );
    holds("ca-show", "ca show");
    holds("ca-check", "ca check");
    holds("key-show", "key create --out k.pem ecdsa-p256");
    holds("key-show", "key show k.pem");
    holds(
        "store-create",
        &format!("store create t.p12 --trusted {anchor}"),
    );
    holds("store-list", "store list t.p12");
    holds("ca-sub-ca-renew-ca-rekey", "ca renew");
    holds("ca-sub-ca-renew-ca-rekey", "ca rekey");
}

#[test]
fn keys_of_fleets_are_documented() {
    let page = page("json.md");
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    let call = |line: &str| Call::trustpack(line.split(' ')).within(&examples);
    let holds = |wanted: &str, line: &str| check(&page, wanted, call(line));
    holds("components-list", "components list");
    holds("fleet-check", "fleet check contact-centre");
    holds("fleet-check", "fleet check mutual-unix --files .");
    holds("fleet-show", "fleet show contact-centre");
    holds("fleet-matrix", "fleet matrix contact-centre");
    holds("fleet-diff", "fleet diff simple-unix mutual-unix");
    holds(
        "fleet-explain",
        "fleet explain --fleet contact-centre Stat/SIPServer@backup",
    );
    holds(
        "fleet-explain",
        "fleet explain --fleet mutual-unix MessageServer:default",
    );
    let line = "{\"message\":\"handshake refused\",\"reason\":\"the peer refused with the alert unknown_ca (48)\"}";
    check(
        &page,
        "explain-failure",
        Call::trustpack(["explain-failure", line]),
    );
}

#[test]
fn keys_of_tunnels_and_probes_are_documented() {
    let page = page("json.md");
    let ca = TestCa::new();
    let host = ca.issue("localhost.example.com", &[]);
    let work = folder::temporary();
    let socket = work.path().join("control").display().to_string();
    let file = |path: &Path| path.display().to_string();
    let service = Service::returning_at_end();
    let tunnel = Tunnel::server(
        service.address(),
        [
            "--upgrade",
            "1",
            "--control",
            &socket,
            "--certificate",
            &file(&host.certificate),
            "--certificate-key",
            &file(&host.key),
            "--trusted-ca",
            &file(&ca.conf("ca_cert.pem")),
        ],
    );
    plain::exchange(tunnel.address(), b"in clear").unwrap();
    let holds = |wanted: &str, words: &[&str]| check(&page, wanted, Call::trustpack(words));
    let address = tunnel.address().to_string();
    holds("probe", &["probe", &address, "--quick"]);
    holds("probe", &["probe", &address]);
    holds("tunnel-status", &["tunnel", "status", "--control", &socket]);
    holds("tunnel-report", &["tunnel", "report", "--control", &socket]);
    holds("tunnel-reload", &["tunnel", "reload", "--control", &socket]);
    let fleet = format!(
        "[[host]]\nname = \"a.example.com\"\naddresses = [\"127.0.0.1\"]\n[[application]]\nname = \"A\"\nhost = \"a.example.com\"\n\
         [[application.port]]\nnumber = {}\nmode = \"auto-detect\"\nengine = \"trustpack\"\n",
        tunnel.address().port()
    );
    let fleet_file = work.path().join("fleet.toml");
    std::fs::write(&fleet_file, fleet).unwrap();
    let fleet_file = file(&fleet_file);
    holds("probe---fleet", &["probe", "--fleet", &fleet_file]);
    holds(
        "probe---inventory",
        &["probe", "--fleet", &fleet_file, "--inventory"],
    );
}
