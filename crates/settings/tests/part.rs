//! One application resolved by itself gives the endpoints that the whole fleet gives.

#![cfg(test)]

mod common;

use common::{now, read};
use trustpack_settings::endpoint::{Endpoint, State};
use trustpack_settings::fleet::Fleet;
use trustpack_settings::fleet_file::{self, Source};
use trustpack_settings::resolve::{Resolution, resolve, resolve_application};

#[track_caller]
fn check(fleet: &Fleet) {
    let whole = resolve(fleet, now());
    for application in &fleet.applications {
        let name = &application.name.value;
        let part = resolve_application(fleet, name, now());
        let (of_part, of_whole) = (part.endpoints_of(name), whole.endpoints_of(name));
        assert_eq!(
            of_part.collect::<Vec<_>>(),
            of_whole.collect::<Vec<_>>(),
            "{name}"
        );
        let servers = part.endpoints_of(name).filter_map(Endpoint::port);
        for port in servers {
            let down = |resolution: &Resolution| resolution.endpoint(port).map(Endpoint::state);
            assert_eq!(down(&part), down(&whole), "{port}, as {name} sees it");
        }
    }
}

/// Hosts, pairs, tunnels that listen at one address, faults, and names that are not there.
const MIXED: &str = r#"
[[host]]
name = "one.example.com"
addresses = ["10.0.0.1"]
[host.security]
certificate = "/one.pem"
certificate-key = "/one.key"
trusted-ca = "relative.pem"

[[host]]
name = "two.example.com"
platform = "windows"
[host.security]
certificate = "D0B028AAD0B028AAD0B028AAD0B028AAD0B028AA"

[[application]]
name = "Primary"
component = "message-server"
host = "one.example.com"
backup = "Backup"
[[application.port]]
id = "default"
number = 7000
mode = "secured"
transport = "tls-mutual=1"
[[application.port]]
id = "odd"
number = 7001
transport = "tls=1;upgrade=1"

[[application]]
name = "Backup"
host = "two.example.com"
backup = "Third"
[[application.port]]
id = "default"
number = 7000
mode = "secured"
[[application.port]]
id = "ha"
number = 7000
ha-sync = true

[[application]]
name = "Third"
host = "two.example.com"
backup = "Fourth"
[[application.port]]
number = 7100

[[application]]
name = "Beside"
host = "one.example.com"
[[application.port]]
number = 7000
[[application.connection]]
to = "Third"
tunnel = "127.0.0.1:9000"

[[application]]
name = "Client"
component = "configuration-server"
host = "one.example.com"
[[application.connection]]
to = "Primary"
transport = "tls=0"
[[application.connection]]
to = "Primary"
port = "odd"
tunnel = "127.0.0.1:9000"
[[application.connection]]
to = "Backup"
port = "none"

[[application]]
name = "Lost"
host = "three.example.com"
[[application.connection]]
to = "Primary"

[[application]]
name = "Itself"
host = "one.example.com"
backup = "Itself"
[[application.port]]
number = 7200

[[accept]]
code = "TP3001"
place = "Client/Primary"
reason = "for a test"
until = 2100-01-01
"#;

#[test]
fn a_part_decides_as_the_whole() {
    check(&read(MIXED));
    let all_known = MIXED
        .replace("backup = \"Fourth\"", "backup = \"Backup\"")
        .replace("backup = \"Itself\"", "");
    assert!(all_known != MIXED);
    check(&read(&all_known));
    check(&read(
        &all_known.replace("three.example.com", "two.example.com"),
    ));
    check(&read(
        &all_known.replace("to = \"Primary\"", "to = \"Prinary\""),
    ));
}

#[test]
fn so_it_does_in_a_fleet_as_they_are() {
    let files = [
        include_str!("../../../examples/contact-centre/1-hosts.toml"),
        include_str!("../../../examples/contact-centre/2-configuration.toml"),
        include_str!("../../../examples/contact-centre/3-voice.toml"),
        include_str!("../../../examples/contact-centre/4-digital-and-desks.toml"),
        include_str!("../../../examples/contact-centre/5-known.toml"),
    ];
    let sources = files.map(|text| Source {
        path: "fleet",
        text,
    });
    check(&fleet_file::read(&sources));
}

/// Nothing about the client or its server alone says that another program listens on the server's port.
#[test]
fn what_keeps_a_server_down_is_known_at_its_client() {
    let text = common::GOOD.replace(
        "[[application]]\nname = \"Server\"",
        "[[application]]\nname = \"Beside\"\nhost = \"b.example.com\"\nbackup = \"Nobody\"\n[[application.port]]\nnumber = 4060\n\n[[application]]\nname = \"Server\"",
    );
    let fleet = read(&text);
    check(&fleet);
    let part = resolve_application(&fleet, &"Client".parse().unwrap(), now());
    let server = part.endpoint(&"Server".parse().unwrap()).unwrap();
    assert_eq!(server.state(), State::Refused);
}

#[test]
fn an_application_that_is_not_there_has_no_endpoints() {
    let fleet = read(MIXED);
    let name = "Nobody".parse().unwrap();
    let resolution = resolve_application(&fleet, &name, now());
    assert_eq!(resolution.endpoints_of(&name).count(), 0);
}
