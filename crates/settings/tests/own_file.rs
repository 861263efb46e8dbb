//! Applications with an own file (item 2.3.3 of the rules): the file and the endpoints decide, the levels above do not,
//! and a file that is not known keeps the endpoints down.

#![cfg(test)]

mod common;

use common::{GOOD, endpoint, lines, now, read};
use trustpack_settings::component_file::ComponentFile;
use trustpack_settings::endpoint::{Endpoint, Level, Origin, State};
use trustpack_settings::fleet::OwnFile;
use trustpack_settings::options::OptionId;
use trustpack_settings::resolve::{self, Resolution};

const PATH: &str = "/opt/server/server.cfg";
const CREDENTIALS: &str =
    "certificate = /own/cert.pem\ncertificate-key = /own/key.pem\ntrusted-ca = /own/ca.pem\n";

/// The good fleet, whose server has an own file with these lines below `[security]`.
fn with_lines(lines: &str) -> Resolution {
    resolve_with(OwnFile::Read(
        ComponentFile::read(PATH, format!("[security]\n{lines}").as_bytes()).unwrap(),
    ))
}

fn resolve_with(file: OwnFile) -> Resolution {
    let mut fleet = read(&text());
    fleet.own_files.insert("Server".parse().unwrap(), file);
    resolve::resolve(&fleet, now())
}

fn text() -> String {
    let host = "host = \"b.example.com\"";
    assert!(GOOD.contains(host));
    GOOD.replacen(host, &format!("{host}\nown-file = \"{PATH}\""), 1)
}

fn codes(endpoint: &Endpoint) -> Vec<String> {
    let codes = lines(endpoint.findings()).into_iter();
    codes.map(|line| line[..6].to_owned()).collect()
}

#[track_caller]
fn origin(endpoint: &Endpoint, option: OptionId) -> (Level, String) {
    let shown = endpoint.settings().shown();
    let setting = shown.iter().find(|shown| shown.option == option).unwrap();
    match setting.origin {
        Origin::Set { level, spot } => (*level, spot.to_string()),
        Origin::Default => panic!("{} is not set", option.name()),
    }
}

#[test]
fn item_2_3_3_the_values_of_the_file_have_their_own_place() {
    let resolution = with_lines(&format!("{CREDENTIALS}sec-protocol = TLSv13\n"));
    let server = endpoint(&resolution, "Server");
    assert_eq!(server.state(), State::Mutual, "{:#?}", codes(server));
    let certificate = server.settings().certificate.value.to_owned();
    assert!(format!("{certificate:?}").contains("/own/cert.pem"));
    let at = |line| (Level::OwnFile, format!("{PATH}:{line}:1"));
    assert_eq!(origin(server, OptionId::Certificate), at(2));
    assert_eq!(origin(server, OptionId::SecProtocol), at(5));
    assert!(server.startable().is_ok());
    // What the host says is a finding, and nothing of it is used.
    let found = lines(resolution.findings());
    assert!(
        found
            .iter()
            .any(|line| line.starts_with("TP2004 application Server"))
    );
}

#[test]
fn item_2_3_3_the_endpoint_comes_before_the_file() {
    let resolution = with_lines(&format!("{CREDENTIALS}tls-mutual = 0\n"));
    let server = endpoint(&resolution, "Server");
    assert_eq!(server.state(), State::Mutual);
    assert_eq!(origin(server, OptionId::TlsMutual).0, Level::Endpoint);
}

#[test]
fn item_2_3_3_without_it_the_host_does_not_step_in() {
    let resolution = with_lines("");
    let server = endpoint(&resolution, "Server");
    assert_eq!(server.state(), State::Refused);
    let mut found = server.findings();
    let lacks = found.find(|finding| finding.code().to_string() == "TP2020");
    let remedy = lacks.unwrap().remedy.to_string();
    assert!(
        remedy.ends_with("in the own file of the application; beside it the host does not count"),
        "{remedy}"
    );
}

#[test]
fn item_2_3_2_transport_in_the_file_speaks_for_the_ports() {
    let mut fleet = read(&text().replacen(
        "mode = \"secured\"\ntransport = \"tls=1;tls-mutual=1\"\n",
        "",
        1,
    ));
    let lines = format!("[security]\n{CREDENTIALS}transport = tls=1;tls-mutual=1\n");
    let file = ComponentFile::read(PATH, lines.as_bytes()).unwrap();
    let name = "Server".parse().unwrap();
    fleet.own_files.insert(name, OwnFile::Read(file));
    let resolution = resolve::resolve(&fleet, now());
    let server = endpoint(&resolution, "Server");
    assert_eq!(server.state(), State::Mutual, "{:#?}", codes(server));
    let at = (Level::OwnFile, format!("{PATH}:5:19"));
    assert_eq!(origin(server, OptionId::TlsMutual), at);
}

#[track_caller]
fn refused(lines: &str, code: &str) {
    let resolution = with_lines(&format!("{CREDENTIALS}{lines}\n"));
    let server = endpoint(&resolution, "Server");
    assert!(
        codes(server).iter().any(|c| c == code),
        "{:#?}",
        codes(server)
    );
    assert_eq!(server.state(), State::Refused);
    assert!(server.startable().is_err());
    // Others start.
    let client = endpoint(&resolution, "Client/Server");
    assert!(!codes(client).iter().any(|c| c == code));
}

#[test]
fn item_2_3_3_an_error_in_the_file_keeps_its_application_down() {
    refused("no assignment", "TP1030");
    refused("[Security]", "TP1030");
    refused("transport = tls=1; tls-mutual=1", "TP1015");
    refused("transport = tls", "TP1019");
    refused("Sec-Protocol = TLSv13", "TP1010");
    refused("sec-protocol = TLSv9", "TP1013");
    refused("crl = crl.pem", "TP1017");
}

#[test]
fn item_2_3_3_warnings_of_the_file_keep_nobody_down() {
    let twice =
        format!("{CREDENTIALS}trusted-ca = /b\ntls-mutal = 1\ntransport = certificate=/c\n");
    let resolution = with_lines(&twice);
    let server = endpoint(&resolution, "Server");
    assert_eq!(server.state(), State::Mutual, "{:#?}", codes(server));
    let found = lines(resolution.findings());
    for code in ["TP1031", "TP1011", "TP1016"] {
        assert!(
            found.iter().any(|line| line.starts_with(code)),
            "{code}: {found:#?}"
        );
    }
}

#[test]
fn item_2_3_2_a_script_sets_options_by_its_variables() {
    let script = "export TRUSTED_CA=/own/ca.pem\nCERTIFICATE=/own/a.pem\nCERTIFICATE_KEY=/x\nCERTIFICATE_KEY=/own/a.key\n";
    let file = ComponentFile::read("/opt/server/setenv.sh", script.as_bytes()).unwrap();
    let resolution = resolve_with(OwnFile::Read(file));
    let server = endpoint(&resolution, "Server");
    assert_eq!(server.state(), State::Mutual, "{:#?}", codes(server));
    let at = (Level::OwnFile, "/opt/server/setenv.sh:4:1".to_owned());
    assert_eq!(origin(server, OptionId::CertificateKey), at);
    let found = lines(resolution.findings());
    assert!(
        found.iter().any(|line| line.starts_with("TP1032")),
        "{found:#?}"
    );
}

#[test]
fn item_2_3_3_unknown_means_no() {
    let unread = || OwnFile::Unread {
        why: "there is no such file".to_owned(),
    };
    let not_looked_for = common::resolve(&text());
    for (resolution, says) in [
        (resolve_with(unread()), "there is no such file"),
        (
            not_looked_for,
            "nobody said where the files of its host are",
        ),
    ] {
        let server = endpoint(&resolution, "Server");
        assert_eq!(server.state(), State::Refused);
        let found = lines(server.findings());
        let hit = |line: &String| line.starts_with("TP2007") && line.contains(says);
        assert!(found.iter().any(hit), "{found:#?}");
        // That nobody knows what the file says is not told as a file that says nothing.
        let lacks = |line: &String| line.starts_with("TP2020");
        assert!(!found.iter().any(lacks), "{found:#?}");
    }
}
