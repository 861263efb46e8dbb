//! Stories of resolution: what each endpoint gets, and where from.

#![cfg(test)]

mod common;

use common::{GOOD, NO_LISTS, endpoint, good_with, lines, resolve};
use trustpack_settings::endpoint::{Engine, Level, Origin, Role, Security, ServerCheck, State};
use trustpack_settings::value::{ClientCertificate, NetworkAddress, PeerName, Shown};

#[track_caller]
fn state(text: &str, place: &str, want: State) {
    let resolution = resolve(text);
    let endpoint = endpoint(&resolution, place);
    assert_eq!(endpoint.state(), want, "{:#?}", lines(endpoint.findings()));
    assert_eq!(
        endpoint.startable().is_err(),
        want == State::Refused || want == State::Product
    );
}

#[test]
fn a_good_pair_is_mutual_at_both_ends_and_says_where_everything_comes_from() {
    let resolution = resolve(GOOD);
    assert!(
        lines(resolution.findings())
            .iter()
            .all(|line| line.starts_with(NO_LISTS))
    );
    assert_eq!(resolution.endpoints().len(), 2);

    let client = endpoint(&resolution, "Client/Server");
    assert_eq!(
        (client.role(), client.state()),
        (Role::Client, State::Mutual)
    );
    assert_eq!(client.engine(), Engine::Trustpack);
    let startable = client.startable().unwrap();
    assert_eq!(
        startable.settings().certificate.value.shown(),
        "/etc/sec/a.pem"
    );
    assert_eq!(client.plain().unwrap().to_string(), "127.0.0.1:14060");
    assert_eq!(
        client.network().unwrap().to_string(),
        "10.0.0.12:4060, [::1]:4060"
    );
    let peer = PeerName::Dns("b.example.com".parse().unwrap());
    assert_eq!(
        client.server_check(),
        Some(ServerCheck::ChainAndName(&peer))
    );
    let Origin::Set { level, spot } = &client.settings().trusted_ca.origin else {
        panic!("trusted-ca is set");
    };
    assert_eq!(
        (*level, spot.to_string().as_str()),
        (Level::Host, "fleet.toml:9:1")
    );
    assert_eq!(client.settings().send_root.origin, Origin::Default);

    let server = endpoint(&resolution, "Server");
    assert_eq!(
        (server.role(), server.state()),
        (Role::Server, State::Mutual)
    );
    assert_eq!(server.client_certificate(), ClientCertificate::Required);
    assert_eq!(server.server_check(), None);
    let mutual = &server.settings().tls_mutual.origin;
    // The name of the parameter inside the string is where it came from.
    assert_eq!(mutual.to_string(), "endpoint, fleet.toml:35:20");
}

#[test]
fn states_of_endpoints() {
    let simple = good_with("tls=1;tls-mutual=1", "tls=1");
    state(&simple, "Server", State::Simple);
    state(&simple, "Client/Server", State::Simple);
    let open = good_with(
        "mode = \"secured\"\ntransport = \"tls=1;tls-mutual=1\"\n",
        "",
    );
    state(&open, "Server", State::Open);
    state(&open, "Client/Server", State::Open);
    let unchecked = good_with(
        "to = \"Server\"",
        "to = \"Server\"\ntransport = \"client-auth=0\"",
    );
    state(&unchecked, "Client/Server", State::EncryptedOnly);
    state(&unchecked, "Server", State::Mutual);
    let auto = good_with(
        "mode = \"secured\"\ntransport = \"tls=1;tls-mutual=1\"",
        "mode = \"auto-detect\"",
    );
    state(&auto, "Server", State::AutoDetect);
    state(&auto, "Client/Server", State::Simple);
    let product = good_with(
        "tunnel = \"127.0.0.1:12060\"",
        "configured-by = \"product: SIP\"",
    );
    state(&product, "Server", State::Product);
}

#[test]
fn item_2_4_1_a_connection_to_an_auto_detect_port_may_stay_in_clear() {
    let text = good_with(
        "transport = \"tls=1;tls-mutual=1\"",
        "transport = \"upgrade=1\"",
    )
    .replace("mode = \"secured\"\n", "")
    .replace("to = \"Server\"", "to = \"Server\"\ntransport = \"tls=0\"");
    let resolution = resolve(&text);
    assert_eq!(
        endpoint(&resolution, "Client/Server").security(),
        Security::Open
    );
    assert_eq!(
        endpoint(&resolution, "Server").security(),
        Security::AutoDetect
    );
}

#[test]
fn item_2_4_2_the_block_comes_from_one_level_and_the_rest_falls_through() {
    let text = good_with(
        "to = \"Server\"",
        "to = \"Server\"\ntransport = \"certificate=/own.pem;certificate-key=/own.key\"",
    );
    let resolution = resolve(&text);
    let client = endpoint(&resolution, "Client/Server");
    let settings = client.settings();
    assert_eq!(settings.certificate.value.shown(), "/own.pem");
    assert_eq!(settings.certificate.hidden.len(), 1);
    assert_eq!(settings.certificate.hidden[0].shown, "/etc/sec/a.pem");
    // Set at the host, but the block is the connection's: not set, and a client needs it.
    assert_eq!(settings.trusted_ca.value, None);
    assert_eq!(settings.trusted_ca.origin, Origin::Default);
    assert_eq!(
        settings.name_check.origin.to_string(),
        "host, fleet.toml:10:1"
    );
    assert_eq!(client.state(), State::Refused);
    // The other end is not affected.
    assert!(endpoint(&resolution, "Server").startable().is_ok());
}

#[test]
fn item_2_3_1_an_empty_value_counts_as_set_and_hides_what_stands_above() {
    let text = good_with(
        "certificate-source = \"host\"\n[[application.connection]]",
        "certificate-source = \"host\"\n[application.security]\ncipher-list = \"\"\n[[application.connection]]",
    )
    .replacen("tls-target-name-check = \"host\"", "tls-target-name-check = \"host\"\ncipher-list = \"A\"", 1);
    let resolution = resolve(&text);
    let list = &endpoint(&resolution, "Client/Server")
        .settings()
        .cipher_list;
    assert_eq!(list.value, None);
    assert_eq!(list.hidden[0].shown, "A");
}

#[test]
fn a_host_without_addresses_is_looked_up() {
    let text = good_with("addresses = [\"10.0.0.12\", \"::1\"]\n", "");
    let resolution = resolve(&text);
    let want = NetworkAddress::Lookup {
        name: "b.example.com".parse().unwrap(),
        port: 4060,
    };
    assert_eq!(endpoint(&resolution, "Server").network(), Some(&want));
    assert_eq!(
        endpoint(&resolution, "Client/Server").network(),
        Some(&want)
    );
}

/// The second server of a pair, on the client's host.
const BACKUP: &str = r#"
[[application]]
name = "Second"
host = "a.example.com"
certificate-source = "host"
[[application.port]]
number = 4061
mode = "secured"
[[application.port]]
id = "ha"
number = 4062
ha-sync = true
"#;

#[test]
fn item_2_1_6_a_backup_gives_an_endpoint_of_its_own_with_the_name_of_its_host() {
    let text = good_with(
        "name = \"Server\"",
        "name = \"Server\"\nbackup = \"Second\"",
    ) + BACKUP;
    let resolution = resolve(&text);
    let places: Vec<String> = resolution
        .endpoints()
        .iter()
        .map(|e| e.place().to_string())
        .collect();
    assert_eq!(
        places,
        [
            "Second:default",
            "Second:ha",
            "Server:default",
            "Client/Server:default",
            "Second/Server:default",
            "Server/Second:ha",
            "Client/Server:default@backup",
        ]
    );
    let backup = endpoint(&resolution, "Client/Server@backup");
    assert_eq!(backup.network().unwrap().to_string(), "10.0.0.11:4061");
    assert_eq!(backup.peer().unwrap().to_string(), "a.example.com");
    assert_eq!(backup.state(), State::Simple);
    assert_eq!(
        backup.plain(),
        None,
        "the plain listener is that of the connection"
    );
    assert_eq!(
        endpoint(&resolution, "Server/Second:ha").security(),
        Security::Open
    );
}

#[test]
fn an_error_in_the_parameters_of_a_connection_is_one_of_its_backup_as_well() {
    let text = good_with(
        "name = \"Server\"",
        "name = \"Server\"\nbackup = \"Second\"",
    ) + BACKUP;
    let text = text.replace(
        "to = \"Server\"",
        "to = \"Server\"\ntransport = \"send-root =0\"",
    );
    let resolution = resolve(&text);
    assert_eq!(
        endpoint(&resolution, "Client/Server").state(),
        State::Refused
    );
    assert_eq!(
        endpoint(&resolution, "Client/Server@backup").state(),
        State::Refused
    );
    let blanks = resolution
        .findings()
        .filter(|f| f.code().to_string() == "TP1015")
        .count();
    assert_eq!(blanks, 1, "it is one finding");
}

#[test]
fn passwords_are_shown_nowhere() {
    let text = good_with("certificate-key = \"/etc/sec/a.key\"", "certificate-key = \"/etc/sec/a.key\"\nkeystore-password = \"hunter2\"\nkeystore-pasword = \"hunter2\"\ntruststore-password = \"hunter2\"")
        .replace("to = \"Server\"", "to = \"Server\"\ntransport = \"keystore-password=hunter2; keystore-password= hunter2;tls=1\"");
    let fleet = common::read(&text);
    assert!(!format!("{fleet:?}").contains("hunter2"));
    let resolution = resolve(&text);
    assert!(!format!("{resolution:?}").contains("hunter2"));
    let client = endpoint(&resolution, "Client/Server");
    let shown = client.settings().shown();
    assert!(shown.iter().any(|row| row.value == "(hidden)"));
}

#[test]
fn item_2_4_6_a_client_facing_mutual_tls_names_the_level_of_the_rest() {
    let text = good_with("certificate-key = \"/etc/sec/a.key\"\n", "");
    let resolution = resolve(&text);
    let client = endpoint(&resolution, "Client/Server");
    let finding = client.findings().find(|f| f.bars()).unwrap();
    assert_eq!(finding.code().to_string(), "TP3010");
    assert_eq!(
        finding.message,
        "Server:default demands a client certificate, but certificate-key is not set"
    );
    assert!(
        finding.remedy.contains("level of the host"),
        "{}",
        finding.remedy
    );
}

#[test]
fn what_this_version_cannot_do_is_said_once_and_its_value_is_still_shown() {
    let text = good_with(
        "trusted-ca = \"/etc/sec/ca.pem\"\ntls",
        "trusted-ca = \"/etc/sec/ca.pem\"\nprovider = \"PKCS11\"\ntls",
    );
    let resolution = resolve(&text);
    let client = endpoint(&resolution, "Client/Server");
    assert_eq!(client.settings().provider.value.shown(), "PKCS11");
    let found = lines(client.findings());
    assert_eq!(
        found,
        [
            "TP1013 host a.example.com 7:15: certificate: the value is no PKCS#11 URI; it must begin with pkcs11:",
            "TP1018 host a.example.com 10:12: provider = PKCS11 is not supported by this version",
            "TP2006 host a.example.com 8:1: certificate-key has no effect with the provider PKCS11",
            "TP5004 Client/Server:default: crl is not set: a certificate that was revoked is accepted",
        ]
    );
}
