//! A fleet file out of an export of configuration objects: what is printed where, what is never overwritten.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;
use trustpack_e2e::call::Call;
use trustpack_e2e::folder;

const EXPORT: &str = "object,name,port,to,section,option,value
host,a.example.com,,,,address,10.0.0.11
host,a.example.com,,,security,certificate,/etc/sec/a.pem
host,a.example.com,,,security,certificate-key,/etc/sec/a.key
host,a.example.com,,,security,trusted-ca,/etc/sec/ca.pem
application,Server,,,,host,a.example.com
application,Server,,,,certificate-source,Host
application,Server,,,log,verbose,all
port,Server,default,,,number,2060
port,Server,default,,,transport,tls=1;tls-mutual=1
";

fn with_export(text: &str) -> TempDir {
    let folder = folder::temporary();
    fs::write(folder.path().join("export.csv"), text).unwrap();
    folder
}

fn import(folder: &Path, words: &[&str]) -> Call {
    let call = Call::trustpack(["fleet", "import", "export.csv"]);
    call.args(words).within(folder)
}

#[test]
fn the_fleet_goes_to_standard_output_and_the_rest_does_not() {
    let folder = with_export(EXPORT);
    let outcome = import(folder.path(), &[]).exits_with(0);
    fs::write(folder.path().join("fleet.toml"), &outcome.stdout).unwrap();
    let told = &outcome.stderr;
    assert!(
        told.contains("passed over: export.csv:8:1: the section \"log\""),
        "{told}"
    );
    assert!(
        told.contains("taken: 1 host, 1 application, 1 port, 0 connections, 3 options"),
        "{told}"
    );
    assert!(told.contains("fleet check finds 0 errors"), "{told}");
    let check = Call::trustpack(["fleet", "check"]).within(folder.path());
    check.succeeds().prints("0 errors");
    let show = Call::trustpack(["fleet", "explain", "Server"]).within(folder.path());
    show.succeeds().prints("server, mutual");
}

#[test]
fn a_file_that_is_there_stays() {
    let folder = with_export(EXPORT);
    let file = folder.path().join("fleet.toml");
    fs::write(&file, "mine").unwrap();
    let refused = import(folder.path(), &["--out", "fleet.toml"]).exits_with(1);
    assert!(refused.stderr.contains("is there already"), "{refused}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
    import(folder.path(), &["--out", "fleet.toml", "--replace"]).exits_with(0);
    assert!(fs::read_to_string(&file).unwrap().contains("[[host]]"));
    import(folder.path(), &["--json"]).exits_with(2);
}

#[test]
fn a_fleet_with_a_password_is_for_its_owner() {
    let folder = with_export(EXPORT);
    let mode = |name: &str| {
        let metadata = fs::metadata(folder.path().join(name)).unwrap();
        metadata.permissions().mode() & 0o777
    };
    import(folder.path(), &["--out", "open.toml"]).exits_with(0);
    assert_eq!(mode("open.toml") & 0o400, 0o400);
    let with = format!("{EXPORT}host,a.example.com,,,security,keystore-password,hunter2\n");
    fs::write(folder.path().join("export.csv"), with).unwrap();
    let outcome = import(folder.path(), &["--out", "closed.toml"]).exits_with(0);
    assert_eq!(mode("closed.toml"), 0o600);
    let shown = format!("{}{}", outcome.stdout, outcome.stderr);
    assert!(!shown.contains("hunter2"), "{shown}");
}

#[test]
fn programs_get_one_object() {
    let folder = with_export(EXPORT);
    let outcome = import(folder.path(), &["--out", "fleet.toml", "--json"]).exits_with(0);
    let json: Value = serde_json::from_str(&outcome.stdout).unwrap();
    let counts = [
        "hosts",
        "applications",
        "ports",
        "connections",
        "options",
        "errors",
    ];
    let counts = counts.map(|key| json[key].as_u64().unwrap());
    assert_eq!(counts, [1, 1, 1, 0, 3, 0]);
    let passed = &json["passed_over"][0];
    assert_eq!(
        (passed["line"].as_u64(), passed["times"].as_u64()),
        (Some(8), Some(1))
    );
}

#[test]
fn what_is_no_export_is_refused_with_its_place() {
    for (text, says) in [
        ("{\n\"hosts\": [}", "export.csv:2:11: expected value"),
        ("a,b\n1,2\n", "export.csv:1:1: there is no column object"),
        ("", "the file is empty"),
    ] {
        let folder = with_export(text);
        let outcome = import(folder.path(), &["--out", "fleet.toml"]).exits_with(1);
        assert!(outcome.stderr.contains(says), "{outcome}");
        assert!(!folder.path().join("fleet.toml").exists());
    }
    let folder = with_export(EXPORT);
    fs::remove_file(folder.path().join("export.csv")).unwrap();
    let outcome = import(folder.path(), &[]).exits_with(1);
    assert!(
        outcome.stderr.contains("cannot read the export export.csv"),
        "{outcome}"
    );
}

#[test]
fn names_of_an_export_do_nothing_to_a_terminal() {
    let folder = with_export(&format!("{EXPORT}host,\u{1b}[31m\u{202e}x,,,,,\n"));
    let outcome = import(folder.path(), &[]).exits_with(0);
    let acts = outcome.stderr.contains(['\u{1b}', '\u{202e}']);
    assert!(!acts && outcome.stderr.contains("\\u{1b}[31m"), "{outcome}");
}

/// Item 2.3.3: the application is in the fleet, and its own file is unknown until somebody looks for it.
#[test]
fn an_application_with_an_own_file_is_added() {
    let folder = with_export(&format!("{EXPORT}port,LCA,default,,,number,4999\n"));
    let own = [
        "--own-file",
        "LCA@a.example.com=/opt/lca/lca.cfg",
        "--out",
        "fleet.toml",
    ];
    import(folder.path(), &own).exits_with(0);
    let check = Call::trustpack(["fleet", "check"]).within(folder.path());
    let outcome = check.exits_with(1);
    assert!(outcome.stdout.contains("TP2007"), "{outcome}");
    let wrong = import(folder.path(), &["--own-file", "LCA"]).exits_with(2);
    assert!(wrong.stderr.contains("no path is named"), "{wrong}");
}
