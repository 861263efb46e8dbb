//! Item 2.5 of the rules: `sec-protocol` names the lowest version, `sec-protocol-max` caps it, and both ends need one in
//! common.

#![cfg(test)]

mod common;

use common::{endpoint, good_with, resolve};
use trustpack_settings::endpoint::{Endpoint, Engine, State, Versions};
use trustpack_settings::value::ProtocolVersion::{self, Tls12, Tls13};

fn codes(endpoint: &Endpoint) -> Vec<String> {
    let codes = endpoint
        .findings()
        .map(|finding| finding.code().to_string());
    codes.filter(|code| code != common::NO_LISTS).collect()
}

/// The row of the table for a value: the versions that the normal engine speaks, and the findings.
#[track_caller]
fn row(value: &str, spoken: &[ProtocolVersion], findings: &[&str]) {
    let parameters = format!("tls=1;tls-mutual=1;sec-protocol={value}");
    // It is set at another level than the credentials, which is a warning of its own.
    let findings: Vec<&str> = ["TP2002"].iter().chain(findings).copied().collect();
    let resolution = resolve(&good_with("tls=1;tls-mutual=1", &parameters));
    let port = endpoint(&resolution, "Server");
    let Versions { lowest, highest } = port.settings().versions();
    assert_eq!(Some(&lowest), spoken.first(), "{value:?}");
    assert_eq!(Some(&highest), spoken.last(), "{value:?}");
    let mut found = codes(port);
    found.sort();
    assert_eq!(found, findings, "{value:?}");
    assert_eq!(port.state(), State::Mutual, "{value:?}");
}

#[test]
fn item_2_5_the_value_names_the_lowest_version() {
    let both = [Tls12, Tls13];
    row("", &both, &[]);
    row("SSLv23", &both, &["TP5002"]);
    row("SSLv3", &both, &["TP5003"]);
    row("TLSv1", &both, &["TP5003"]);
    row("TLSv11", &both, &["TP5003"]);
    row("TLSv12", &both, &[]);
    row("TLSv13", &[Tls13], &[]);
}

#[test]
fn item_2_5_without_a_value_there_is_no_finding() {
    let resolution = resolve(common::GOOD);
    for place in ["Server", "Client/Server"] {
        let end = endpoint(&resolution, place);
        let both = Versions {
            lowest: Tls12,
            highest: Tls13,
        };
        assert_eq!(end.settings().versions(), both);
        assert_eq!(codes(end), [""; 0]);
    }
}

#[track_caller]
fn capped(lowest: &str, highest: &str, want: Option<(ProtocolVersion, ProtocolVersion)>) {
    let parameters = format!("tls=1;sec-protocol={lowest};sec-protocol-max={highest}");
    let resolution = resolve(&good_with("tls=1;tls-mutual=1", &parameters));
    let port = endpoint(&resolution, "Server");
    let versions = port.settings().versions();
    match want {
        Some(want) => assert_eq!((versions.lowest, versions.highest), want),
        None => assert_eq!(port.state(), State::Refused, "{lowest} {highest}"),
    }
}

#[test]
fn item_2_5_the_maximum_caps_it() {
    capped("", "", Some((Tls12, Tls13)));
    capped("", "TLSv12", Some((Tls12, Tls12)));
    capped("", "TLSv13", Some((Tls12, Tls13)));
    capped("TLSv12", "TLSv12", Some((Tls12, Tls12)));
    capped("TLSv13", "TLSv13", Some((Tls13, Tls13)));
    capped("TLSv13", "TLSv12", None);
    // Of the maximum only the two versions that are spoken are values.
    capped("", "TLSv11", None);
}

#[test]
fn item_2_5_engines_that_read_it_as_exactly_that_version() {
    let spoken = |value: &str, engine| {
        let parameters = format!("tls=1;tls-mutual=1;sec-protocol={value}");
        let resolution = resolve(&good_with("tls=1;tls-mutual=1", &parameters));
        let versions = endpoint(&resolution, "Server")
            .settings()
            .versions_spoken_by(engine);
        (versions.lowest, versions.highest)
    };
    for engine in [Engine::Openssl, Engine::Schannel, Engine::Jsse] {
        assert_eq!(spoken("TLSv12", engine), (Tls12, Tls12), "{engine}");
        assert_eq!(spoken("TLSv13", engine), (Tls13, Tls13), "{engine}");
        assert_eq!(spoken("", engine), (Tls12, Tls13), "{engine}");
    }
    assert_eq!(spoken("TLSv12", Engine::Trustpack), (Tls12, Tls13));
}

#[test]
fn item_2_5_ours_in_the_place_of_another_engine_speaks_what_that_one_does() {
    for (engine, value, cap, want) in [
        ("openssl", "TLSv12", "", (Tls12, Tls12)),
        ("openssl", "TLSv13", "", (Tls13, Tls13)),
        ("openssl", "TLSv1", "", (Tls12, Tls13)),
        ("openssl", "", "", (Tls12, Tls13)),
        // Which it does not know.
        ("openssl", "", "TLSv12", (Tls12, Tls13)),
        ("trustpack", "TLSv12", "", (Tls12, Tls13)),
        ("trustpack", "", "TLSv12", (Tls12, Tls12)),
    ] {
        let parameters = format!("tls=1;tls-mutual=1;sec-protocol={value};sec-protocol-max={cap}");
        let text = good_with("tls=1;tls-mutual=1", &parameters);
        let engine = format!("engine = \"{engine}\"");
        let text = text.replacen("tunnel = \"127.0.0.1:12060\"", &engine, 1);
        let imitated = endpoint(&resolve(&text), "Server").imitated();
        let spoken = imitated.settings().versions();
        assert_eq!((spoken.lowest, spoken.highest), want, "{text}");
    }
}

/// Whether a client and a server with these parameters are refused for want of a common version.
#[track_caller]
fn in_common(client: &str, server: &str, want: bool) {
    let text = good_with("tls=1;tls-mutual=1", &format!("tls=1;{server}"));
    let text = text.replacen(
        "to = \"Server\"",
        &format!("to = \"Server\"\ntransport = \"{client}\""),
        1,
    );
    let resolution = resolve(&text);
    let found = codes(endpoint(&resolution, "Client/Server"));
    let refused = found.iter().any(|code| code == "TP3006");
    assert_eq!(!refused, want, "{client} {server}: {found:?}");
}

#[test]
fn item_2_5_both_ends_need_a_common_version() {
    in_common("sec-protocol=TLSv13", "sec-protocol=TLSv12", true);
    in_common("sec-protocol-max=TLSv12", "sec-protocol=TLSv13", false);
    in_common("sec-protocol=TLSv13", "sec-protocol-max=TLSv12", false);
    in_common("sec-protocol-max=TLSv12", "sec-protocol=TLSv12", true);
}
