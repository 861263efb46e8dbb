//! The files of a fleet: what is wrong with them, and which connections they let work.
//!
//! Long because every command that looks at files tells of the same two hosts.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;
use trustpack_e2e::ca::{HostFiles, TestCa};
use trustpack_e2e::call::Call;
use trustpack_e2e::{clock, folder};

const FLEET: &str = r#"
[[host]]
name = "a.example.com"
platform = "unix"
[host.security]
certificate = "/etc/own.pem"
certificate-key = "/etc/key.pem"
trusted-ca = "/etc/ca.pem"

[[host]]
name = "b.example.com"
platform = "unix"
[host.security]
certificate = "/etc/own.pem"
certificate-key = "/etc/key.pem"
trusted-ca = "/etc/ca.pem"

[[application]]
name = "Desk"
host = "a.example.com"
certificate-source = "host"
[application.security]
tls-target-name-check = "host"
[[application.connection]]
to = "StatServer"
tunnel = "127.0.0.1:14060"

[[application]]
name = "StatServer"
host = "b.example.com"
certificate-source = "host"
[[application.port]]
number = 4060
mode = "secured"
transport = "tls=1;tls-mutual=1"
tunnel = "127.0.0.1:12060"
"#;

/// A fleet file, and beside it a tree with the files of both hosts.
pub(crate) struct Site {
    folder: TempDir,
    pub(crate) ca: TestCa,
}

impl Site {
    #[track_caller]
    pub(crate) fn new() -> Self {
        Self::of_ca(TestCa::new())
    }

    /// With certificates of this CA.
    #[track_caller]
    pub(crate) fn of_ca(ca: TestCa) -> Self {
        let folder = folder::temporary();
        fs::write(folder.path().join("fleet.toml"), FLEET).unwrap();
        let site = Self { folder, ca };
        for host in ["a.example.com", "b.example.com"] {
            fs::create_dir_all(site.of(host, "etc")).unwrap();
            site.lays(host, &site.ca.issue(host, &[]));
            fs::copy(site.ca.conf("ca_cert.pem"), site.of(host, "etc/ca.pem")).unwrap();
        }
        site
    }

    pub(crate) fn fleet_file(&self) -> PathBuf {
        self.folder.path().join("fleet.toml")
    }

    /// A file of a host.
    pub(crate) fn of(&self, host: &str, path: &str) -> PathBuf {
        self.folder.path().join("hosts").join(host).join(path)
    }

    #[track_caller]
    pub(crate) fn lays(&self, host: &str, files: &HostFiles) {
        fs::copy(&files.certificate, self.of(host, "etc/own.pem")).unwrap();
        fs::copy(&files.key, self.of(host, "etc/key.pem")).unwrap();
    }

    #[track_caller]
    pub(crate) fn fleet(&self, words: &[&str]) -> Call {
        Call::trustpack(["fleet"])
            .args(words)
            .within(self.folder.path())
    }

    #[track_caller]
    fn check(&self, code: i32) -> Value {
        let call = self.fleet(&["check", "--files", "hosts", "--json"]);
        serde_json::from_str(&call.exits_with(code).stdout).unwrap()
    }
}

#[track_caller]
pub(crate) fn codes(report: &Value) -> Vec<&str> {
    let findings = report["findings"].as_array().unwrap();
    findings
        .iter()
        .map(|one| one["code"].as_str().unwrap())
        .collect()
}

/// A certificate that every client refuses lets nobody in, though a program that does its TLS itself starts with it.
#[test]
fn a_server_whose_certificate_has_expired_is_told_as_failing() {
    let site = Site::new();
    let text = fs::read_to_string(site.fleet_file()).unwrap();
    let client = text.find("[[application]]\nname = \"Desk\"").unwrap();
    let server = text.find("[[application]]\nname = \"StatServer\"").unwrap();
    let alone = format!("{}{}", &text[..client], &text[server..]);
    let alone = alone.replace("tunnel = \"127.0.0.1:12060\"\n", "engine = \"openssl\"\n");
    fs::write(site.fleet_file(), alone).unwrap();
    let explain = || site.fleet(&["explain", "--files", "hosts", "StatServer"]);
    explain()
        .succeeds()
        .prints("StatServer:default: server, mutual")
        .prints("clients get in that show a certificate which it accepts");
    let later = clock::starting_at("2060-01-01 00:00:00", explain()).succeeds();
    let later = later
        .prints("StatServer:default: server, failing")
        .prints(", EXPIRED");
    let words: Vec<&str> = later.stdout.split_whitespace().collect();
    let told = words.join(" ");
    let says =
        "it starts, and clients that check its certificate refuse it: \"CN=b.example.com\" was";
    assert!(told.contains(says) && told.contains("TP4012"), "{told}");
}

#[test]
fn files_in_order_say_until_when_a_connection_works() {
    let site = Site::new();
    let report = site.check(0);
    let connection = &report["connections"][0];
    assert_eq!(connection["place"], "Desk/StatServer:default");
    assert_eq!(connection["works"], true, "{report:#}");
    assert_eq!(connection["then"]["fails_at"], "the step dates");
    assert!(connection["until"].as_str().unwrap().ends_with('Z'));
    let text = site.fleet(&["check", "--files", "hosts"]).succeeds();
    text.prints("connections: 1 working, 0 failing");
    let shown = site
        .fleet(&["show", "--files", "hosts", "fleet.toml"])
        .succeeds();
    shown.prints("works until");
    let words = ["explain", "--files", "hosts", "StatServer"];
    site.fleet(&words)
        .succeeds()
        .prints("Desk/StatServer:default: works until");
    // Without files nobody speaks of them.
    let report = site.fleet(&["check", "--json"]).succeeds().stdout;
    let report: Value = serde_json::from_str(&report).unwrap();
    assert_eq!(report["connections"], Value::Null);
}

#[test]
fn a_certificate_of_another_host_is_found_before_it_is_rolled_out() {
    let site = Site::new();
    site.lays("b.example.com", &site.ca.issue("c.example.com", &[]));
    let report = site.check(1);
    assert!(codes(&report).contains(&"TP4102"), "{report:#}");
    let connection = &report["connections"][0];
    assert_eq!(connection["fails_at"], "the step name");
    assert_eq!(connection["at_fault"], "server");
    let sarif = site.fleet(&["check", "--files", "hosts", "--format", "sarif"]);
    sarif.exits_with(1).prints("TP4102");
    let text = site.fleet(&["check", "--files", "hosts"]).exits_with(1);
    text.prints("fails at the step name")
        .prints("c.example.com");
}

#[test]
fn what_is_missing_is_named_by_host_and_file() {
    let site = Site::new();
    fs::remove_file(site.of("b.example.com", "etc/key.pem")).unwrap();
    let report = site.check(1);
    let missing = &report["findings"].as_array().unwrap();
    let missing = missing.iter().find(|one| one["code"] == "TP4001").unwrap();
    assert_eq!(missing["place"], "host b.example.com");
    assert_eq!(missing["line"], 15);
    assert_eq!(report["connections"][0]["fails_at"], "the start");
    assert_eq!(report["connections"][0]["at_fault"], "server");
    let why = report["connections"][0]["why"].as_str().unwrap();
    let named = "its files cannot be used: TP4001 at host b.example.com: certificate-key: there is no file /etc/key.pem";
    assert!(why.contains(named), "{why}");

    fs::remove_dir_all(site.of("b.example.com", "")).unwrap();
    assert!(codes(&site.check(0)).contains(&"TP4108"));
}

#[test]
fn one_host_is_looked_at_by_its_own_root() {
    let site = Site::new();
    let root = site.of("a.example.com", "");
    let of_root = |host: &str| {
        let call = site.fleet(&["check", "--host", host, "--files"]);
        call.arg(&root)
    };
    // Nobody has looked at the files of the server, so that it works is not known.
    of_root("a.example.com")
        .succeeds()
        .prints("connections: 0 working, 0 failing, 0 in plain text, 1 not known");
    let report = of_root("a.example.com").arg("--json").succeeds().stdout;
    let report: Value = serde_json::from_str(&report).unwrap();
    let connection = &report["connections"][0];
    assert_eq!(connection["works"], Value::Null, "{report:#}");
    let why = connection["why"].as_str().unwrap();
    assert!(
        why.contains("of the server, on b.example.com, were not looked at"),
        "{why}"
    );
    of_root("c.example.com")
        .exits_with(1)
        .says("the fleet has no host c.example.com");
    let real = site.fleet(&["check", "--files", "/", "--host", "a.example.com"]);
    real.exits_with(1).prints("there is no file /etc/own.pem");
    site.fleet(&["check", "--files", "gone"])
        .exits_with(1)
        .says("there is no folder gone");
    site.fleet(&["check", "--host", "a.example.com"])
        .exits_with(2);
}

#[test]
fn a_change_that_breaks_a_connection_is_named_with_its_reason() {
    let site = Site::new();
    let new = |old: &str, new: &str| {
        assert!(FLEET.contains(old), "{old}");
        fs::write(
            site.folder.path().join("new.toml"),
            FLEET.replacen(old, new, 1),
        )
        .unwrap();
        site.fleet(&[
            "diff",
            "--json",
            "--files",
            "hosts",
            "fleet.toml",
            "new.toml",
        ])
    };
    let read = |call: Call, code: i32| -> Value {
        serde_json::from_str(&call.exits_with(code).stdout).unwrap()
    };
    let allowed = "transport = \"tls=1;tls-mutual=1;allowed-names=dns:c.example.com\"";
    let diff = read(new("transport = \"tls=1;tls-mutual=1\"", allowed), 1);
    assert_eq!(
        diff["fails"][0]["place"], "Desk/StatServer:default",
        "{diff:#}"
    );
    assert_eq!(diff["fails"][0]["fails_at"], "the step allowed names");
    let simple = read(
        new(
            "transport = \"tls=1;tls-mutual=1\"",
            "transport = \"tls=1\"",
        ),
        1,
    );
    assert_eq!(simple["fails"], Value::Array(Vec::new()));
    let place = &simple["less_secure"][0]["place"];
    assert_eq!(place, "StatServer:default", "{simple:#}");

    // Without files, what the settings tell.
    let two = |name: &str, text: &str| {
        let file = site.folder.path().join(name);
        fs::write(&file, text).unwrap();
        file
    };
    let broken = FLEET.replacen("certificate-key = \"/etc/key.pem\"\n", "", 1);
    let diff = site
        .fleet(&["diff", "--json"])
        .arg(two("one.toml", FLEET))
        .arg(two("two.toml", &broken));
    let diff = read(diff, 1);
    assert_eq!(diff["fails"][0]["fails_at"], "the start");
    assert_eq!(diff["fails"][0]["at_fault"], "client");
}

#[test]
fn what_leads_out_of_the_tree_is_not_read() {
    let site = Site::new();
    let key = site.of("b.example.com", "etc/key.pem");
    fs::rename(&key, site.folder.path().join("key.pem")).unwrap();
    std::os::unix::fs::symlink(Path::new("../../../key.pem"), &key).unwrap();
    let report = site.check(1);
    assert!(codes(&report).contains(&"TP4001"), "{report:#}");
}

#[test]
fn a_finding_of_files_is_accepted_only_if_it_is_seen() {
    let site = Site::new();
    fs::remove_file(site.of("b.example.com", "etc/key.pem")).unwrap();
    let accept = |code: &str, place: &str, more: &[&str]| {
        let words = [
            "accept",
            code,
            place,
            "--reason",
            "soon",
            "--until",
            "2999-12-31",
        ];
        site.fleet(&words).args(more)
    };
    let host = "host b.example.com";
    accept("TP4001", host, &[])
        .refused("TP4001 is a finding of files, and none were looked at")
        .says("--files DIR");
    let files = ["--files", "hosts"];
    accept("TP4001", "host a.example.com", &files)
        .refused("TP4001 is not found at host a.example.com")
        .says("TP4001 is found at host b.example.com");
    let unseen = site.of("a.example.com", "");
    accept("TP4001", host, &["--host", "a.example.com", "--files"])
        .arg(&unseen)
        .refused("TP4001 is not found at host b.example.com");
    assert_eq!(
        fs::read_to_string(site.folder.path().join("fleet.toml")).unwrap(),
        FLEET
    );
    accept("TP4001", host, &files)
        .succeeds()
        .prints("accepted until 2999-12-31")
        .prints("0 errors")
        .prints("1 accepted")
        .prints("it stays down");
}

#[test]
fn what_the_engine_would_say_at_a_start_is_found_before() {
    let site = Site::new();
    let accept = |code: &str| {
        let words = ["accept", code, "StatServer", "--until", "2999-12-31"];
        site.fleet(&words).args(["--reason", "known"])
    };
    accept("TP5101").refused("TP5101 is not found at StatServer:default");
    let list = |words: &str| {
        let ciphers = format!("tls=1;tls-mutual=1;cipher-list={words}");
        let text = FLEET.replacen("tls=1;tls-mutual=1", &ciphers, 1);
        fs::write(site.fleet_file(), text).unwrap();
    };
    list("RC4:AES256");
    let check = site.fleet(&["check", "fleet.toml"]).succeeds();
    check.prints("warning[TP5101]: cipher-list: the engine does not have RC4");
    let explained = site.fleet(&["explain", "StatServer"]).succeeds();
    explained.prints("warning[TP5101]");
    accept("TP5101").succeeds().prints("1 accepted");
    list("TLS_AES_128_GCM_SHA256");
    let check = site.fleet(&["check", "fleet.toml"]).exits_with(1);
    check.prints("error[TP5102]");
    let check = site.fleet(&["check", "--format", "sarif", "fleet.toml"]);
    check.exits_with(1).prints("TP5102");
}

#[test]
fn plain_text_is_counted_without_files_too() {
    let site = Site::new();
    let open = FLEET.replacen(
        "mode = \"secured\"\ntransport = \"tls=1;tls-mutual=1\"",
        "mode = \"unsecured\"",
        1,
    );
    fs::write(site.folder.path().join("open.toml"), open).unwrap();
    let call = || site.fleet(&["check", "open.toml"]);
    call()
        .run()
        .prints("in 2 endpoints, 1 connection in plain text");
    let report: Value = serde_json::from_str(&call().arg("--json").run().stdout).unwrap();
    assert_eq!(report["plain_text"], 1, "{report:#}");
    let secured = site.fleet(&["check", "--json"]).succeeds().stdout;
    let secured: Value = serde_json::from_str(&secured).unwrap();
    assert_eq!(secured["plain_text"], 0, "{secured:#}");
}

#[test]
fn connections_whose_certificates_do_not_fit_are_drawn_as_failing() {
    let site = Site::new();
    site.lays("b.example.com", &site.ca.issue("c.example.com", &[]));
    let grid = site.fleet(&["matrix", "--files", "hosts", "fleet.toml"]);
    let grid = grid.succeeds();
    let grid = grid.prints("F failing: 1");
    grid.prints("rows connect to columns");
    let map = site.fleet(&["matrix", "--files", "hosts", "--svg", "-", "fleet.toml"]);
    map.succeeds().prints("<g class=\"line failing\">");
    site.fleet(&["matrix", "fleet.toml"])
        .succeeds()
        .prints("M mutual: 1");
}

#[test]
fn one_host_alone_says_what_concerns_it() {
    let site = Site::new();
    fs::remove_file(site.of("b.example.com", "etc/ca.pem")).unwrap();
    let other = "[[host]]\nname = \"c.example.com\"\n[host.security]\nsend-rot = 1\n";
    let fleet = site.fleet_file();
    fs::write(&fleet, format!("{FLEET}{other}")).unwrap();
    // The folder of the host in the tree, and the folder as the root of the host.
    for folder in ["hosts", "hosts/b.example.com"] {
        let words = ["check", "--files", folder, "--host", "b.example.com"];
        let text = site.fleet(&words).exits_with(1);
        let text = text.prints("error[TP4001]");
        let text = text.prints("do not concern this host: 0 errors, 2 warnings");
        assert!(!text.stdout.contains("c.example.com"), "{}", text.stdout);
        let report = site
            .fleet(&[&words[..], &["--json"]].concat())
            .exits_with(1);
        let report: Value = serde_json::from_str(&report.stdout).unwrap();
        assert_eq!(report["other_hosts"]["warnings"], 2, "{report:#}");
    }
    let words = ["check", "--files", "hosts", "--host", "a.example.com"];
    site.fleet(&words).succeeds();
}
