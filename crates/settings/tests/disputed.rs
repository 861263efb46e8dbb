//! The cases over which systems, documents and people differ, each with the answer of Trustpack.
//!
//! Each row names the numbered item of the rules that decides it: 2.1 objects, 2.2 options, 2.3 transport parameters,
//! 2.4 resolution.
//!
//! Long because it is one table, to be read beside the rules.

#![cfg(test)]

mod common;

use common::{GOOD, NO_LISTS, endpoint, lines, resolve};
use trustpack_settings::endpoint::State;

/// Pieces of the good fleet, each with its replacement. An empty piece stands for the end.
type Change<'a> = &'a [(&'a str, &'a str)];

#[track_caller]
fn check(item: &str, change: Change<'_>, place: &str, state: State, codes: &[&str]) {
    let mut text = GOOD.to_owned();
    for (old, new) in change {
        if old.is_empty() {
            text.push_str(new);
        } else {
            assert!(text.contains(old), "{item}: {old:?} is not in the text");
            text = text.replacen(old, new, 1);
        }
    }
    let resolution = resolve(&text);
    let endpoint = endpoint(&resolution, place);
    let found = lines(endpoint.findings());
    assert_eq!(endpoint.state(), state, "{item}: {place}: {found:#?}");
    let mut got: Vec<&str> = found.iter().map(|line| &line[..6]).collect();
    got.sort_unstable();
    got.dedup();
    got.retain(|code| *code != NO_LISTS);
    assert_eq!(got, codes, "{item}: {place}: {found:#?}");
}

const TO: &str = "to = \"Server\"";
const SECURED: &str = "mode = \"secured\"\ntransport = \"tls=1;tls-mutual=1\"";
const TRANSPORT: &str = "tls=1;tls-mutual=1";
const HOST_SOURCE: &str = "certificate-source = \"host\"\n[[application.connection]]";
const CHECK: &str = "tls-target-name-check = \"host\"";
const OWN: &str = "certificate = \"/etc/sec/a.pem\"\ncertificate-key = \"/etc/sec/a.key\"\n";
const CA: &str = "trusted-ca = \"/etc/sec/ca.pem\"\ntls-target";

#[test]
fn item_2_4_2_the_block_comes_from_one_level() {
    let certificate = "to = \"Server\"\ntransport = \"certificate=/own.pem\"";
    let key = "certificate-source = \"application\"\n[application.security]\ncertificate-key = \"/own.key\"\n[[application.connection]]";
    check(
        "2.4.2 certificate at the endpoint, key at the application: two halves make no whole",
        &[(TO, certificate), (HOST_SOURCE, key)],
        "Client/Server",
        State::Refused,
        &["TP2001", "TP2002", "TP2020", "TP3010"],
    );
}

#[test]
fn item_2_4_3_the_certificate_source() {
    check(
        "2.4.3 the block on the host, certificate-source = \"application\"",
        &[(
            HOST_SOURCE,
            "certificate-source = \"application\"\n[[application.connection]]",
        )],
        "Client/Server",
        State::Refused,
        &["TP2003", "TP2020", "TP3010"],
    );
    check(
        "2.4.3 none said: the host's block is used, with a warning",
        &[(HOST_SOURCE, "[[application.connection]]")],
        "Client/Server",
        State::Mutual,
        &["TP2008"],
    );
}

#[test]
fn item_2_3_1_a_blank_loses_the_parameter_behind_it() {
    check(
        "2.3.1 tls=1; tls-mutual=1 is simple TLS to who reads it so; it is an error",
        &[(TRANSPORT, "tls=1; tls-mutual=1")],
        "Server",
        State::Refused,
        &["TP1015"],
    );
    check(
        "2.3.1 the first of two wins",
        &[(TRANSPORT, "tls=1;tls-mutual=1;tls-mutual=0")],
        "Server",
        State::Mutual,
        &["TP1016"],
    );
    check(
        "2.3.1 an empty value counts as set",
        &[(TO, "to = \"Server\"\ntransport = \"trusted-ca=\"")],
        "Client/Server",
        State::Refused,
        &["TP2001", "TP2002", "TP2020", "TP3010"],
    );
}

#[test]
fn item_2_1_1_names_and_values_are_case_sensitive() {
    check(
        "2.1.1 TLS=1 is no tls=1",
        &[(SECURED, "transport = \"TLS=1\"")],
        "Server",
        State::Refused,
        &["TP1010"],
    );
    check(
        "2.1.1 Host can only mean host",
        &[(CHECK, "tls-target-name-check = \"Host\"")],
        "Client/Server",
        State::Mutual,
        &[],
    );
    check(
        "2.1.1 any other value is an error",
        &[(CHECK, "tls-target-name-check = \"hosts\"")],
        "Client/Server",
        State::Refused,
        &["TP1013", "TP5001"],
    );
}

#[test]
fn item_2_1_2_other_names() {
    check(
        "2.1.2 known names are passed over",
        &[(TRANSPORT, "tls=1;tls-mutual=1;port=5000;backup-port=5001")],
        "Server",
        State::Mutual,
        &[],
    );
    check(
        "2.1.2 a far name is a note",
        &[(TRANSPORT, "tls=1;tls-mutual=1;colour=red")],
        "Server",
        State::Mutual,
        &["TP1012"],
    );
    check(
        "2.1.2 a near miss is a warning",
        &[
            (TRANSPORT, "tls=1;tls-mutal=1"),
            ("tunnel = \"127.0.0.1:12060\"\n", ""),
        ],
        "Server",
        State::Simple,
        &["TP1011"],
    );
    check(
        "2.1.2 where we do the TLS, nothing starts without what was perhaps meant",
        &[(TRANSPORT, "tls=1;tls-mutal=1")],
        "Server",
        State::Refused,
        &["TP1011", "TP2015"],
    );
}

#[test]
fn item_2_1_3_the_mode_writes_what_is_absent() {
    check(
        "2.1.3 secured writes tls=1",
        &[(SECURED, "mode = \"secured\"")],
        "Server",
        State::Simple,
        &[],
    );
    check(
        "2.1.3 a parameter wins, and is an error",
        &[(TRANSPORT, "tls=0")],
        "Server",
        State::Refused,
        &["TP2009"],
    );
    check(
        "2.1.3 tls=1 and upgrade=1 together",
        &[(TRANSPORT, "tls=1;upgrade=1")],
        "Server",
        State::Refused,
        &["TP2010"],
    );
}

#[test]
fn item_2_1_4_the_engine_decides_what_can_be_done() {
    let crl = (CHECK, "tls-target-name-check = \"host\"\ncrl = \"/ca.crl\"");
    let tunnel = "tunnel = \"127.0.0.1:14060\"";
    check(
        "2.1.4 ours has it",
        &[crl],
        "Client/Server",
        State::Mutual,
        &[],
    );
    check(
        "2.1.4 openssl has it",
        &[crl, (tunnel, "engine = \"openssl\"")],
        "Client/Server",
        State::Mutual,
        &[],
    );
    check(
        "2.1.4 schannel has not",
        &[crl, (tunnel, "engine = \"schannel\"")],
        "Client/Server",
        State::Mutual,
        &["TP2006"],
    );
}

#[test]
fn item_2_1_5_set_up_by_the_product() {
    check(
        "2.1.5 nothing is resolved",
        &[(
            "tunnel = \"127.0.0.1:12060\"",
            "configured-by = \"product: SIP\"",
        )],
        "Server",
        State::Product,
        &[],
    );
}

/// The names to check are those of the hosts, each its own.
#[test]
fn item_2_1_6_primary_and_backup_on_hosts_of_different_names() {
    let second = "[[application]]\nname = \"Second\"\nhost = \"a.example.com\"\ncertificate-source = \"host\"\n[[application.port]]\nnumber = 4061\ntransport = \"tls=1;tls-mutual=1\"\n";
    let text = GOOD.replacen(
        "name = \"Server\"",
        "name = \"Server\"\nbackup = \"Second\"",
        1,
    ) + second;
    let resolution = resolve(&text);
    let peer = |place| endpoint(&resolution, place).peer().unwrap().to_string();
    assert_eq!(peer("Client/Server"), "b.example.com");
    assert_eq!(peer("Client/Server@backup"), "a.example.com");
    assert_eq!(peer("Server/Second"), "a.example.com");
    assert_eq!(peer("Second/Server"), "b.example.com");
}

#[test]
fn item_2_2_one_option_under_two_names() {
    let crl = (
        CHECK,
        "tls-target-name-check = \"host\"\ncrl = \"/a.crl\"\ntls-crl = \"/b.crl\"",
    );
    let openssl = ("tunnel = \"127.0.0.1:14060\"", "engine = \"openssl\"");
    check(
        "2.2 crl and tls-crl differ at one level",
        &[crl, openssl],
        "Client/Server",
        State::Refused,
        &["TP1020"],
    );
    let crl = (CHECK, "tls-target-name-check = \"host\"\ncrl = \"/a.crl\"");
    let lower = (TO, "to = \"Server\"\ntransport = \"tls-crl=/b.crl\"");
    check(
        "2.2 at two levels the lower one wins",
        &[crl, lower, openssl],
        "Client/Server",
        State::Mutual,
        &["TP2002", "TP2005"],
    );
}

#[test]
fn item_2_2_thumbprints() {
    let store =
        |thumbprint: &str| format!("provider = \"MSCAPI\"\ncertificate = \"{thumbprint}\"\n");
    let openssl = ("tunnel = \"127.0.0.1:14060\"", "engine = \"schannel\"");
    let ca = (CA, "tls-target");
    for good in [
        "D0B028AAD0B028AAD0B028AAD0B028AAD0B028AA",
        "d0b028aad0b028aad0b028aad0b028aad0b028aa",
        "d0 b0 28 aa d0 b0 28 aa d0 b0 28 aa d0 b0 28 aa d0 b0 28 aa",
        "D0:B0:28:AA:D0:B0:28:AA:D0:B0:28:AA:D0:B0:28:AA:D0:B0:28:AA",
    ] {
        check(
            "2.2 a thumbprint",
            &[(OWN, &store(good)), ca, openssl],
            "Client/Server",
            State::Mutual,
            &[],
        );
    }
    let marked = store("\u{200E}D0B028AAD0B028AAD0B028AAD0B028AAD0B028AA");
    check(
        "2.2 an invisible mark",
        &[(OWN, &marked), ca, openssl],
        "Client/Server",
        State::Mutual,
        &[],
    );
    check(
        "2.2 no thumbprint",
        &[(OWN, &store("D0B0")), ca, openssl],
        "Client/Server",
        State::Refused,
        &["TP1013"],
    );
}

#[test]
fn item_2_4_1_is_it_secure() {
    let says = |tls| format!("to = \"Server\"\ntransport = \"tls={tls}\"");
    let auto = (SECURED, "mode = \"auto-detect\"");
    check(
        "2.4.1 the connection's own tls is not needed",
        &[],
        "Client/Server",
        State::Mutual,
        &[],
    );
    check(
        "2.4.1 tls=1 to an unsecured port",
        &[(TO, &says("1")), (SECURED, "")],
        "Client/Server",
        State::Refused,
        &["TP3002"],
    );
    check(
        "2.4.1 tls=0 to a secured port",
        &[(TO, &says("0"))],
        "Client/Server",
        State::Refused,
        &["TP3001"],
    );
    check(
        "2.4.1 a client of an auto-detect port speaks TLS",
        &[auto],
        "Client/Server",
        State::Simple,
        &[],
    );
    check(
        "2.4.1 unless it says tls=0",
        &[auto, (TO, &says("0"))],
        "Client/Server",
        State::Open,
        &[],
    );
}

#[test]
fn item_2_4_4_every_other_option_falls_through() {
    let lower = (TO, "to = \"Server\"\ntransport = \"send-root=0\"");
    let upper = (CHECK, "tls-target-name-check = \"host\"\nsend-root = 1");
    check(
        "2.4.4 the first level that has it wins",
        &[lower, upper],
        "Client/Server",
        State::Mutual,
        &["TP2005"],
    );
    let no = (TO, "to = \"Server\"\ntransport = \"fips140-enabled=false\"");
    let yes = (
        CHECK,
        "tls-target-name-check = \"host\"\nfips140-enabled = true",
    );
    check(
        "2.4.4 fips140-enabled: true wins",
        &[no, yes],
        "Client/Server",
        State::Refused,
        &["TP2005", "TP2012"],
    );
}

#[test]
fn item_2_4_5_with_the_block() {
    let at_endpoint = (
        TO,
        "to = \"Server\"\ntransport = \"tls-target-name-check=host\"",
    );
    check(
        "2.4.5 the name check at another level than the block",
        &[at_endpoint, (CHECK, "")],
        "Client/Server",
        State::Mutual,
        &["TP2002"],
    );
}

#[test]
fn item_2_4_6_what_must_be_there() {
    let unchecked = (CHECK, "client-auth = 0");
    check(
        "2.4.6 client-auth=0 with mutual TLS",
        &[unchecked],
        "Client/Server",
        State::EncryptedOnly,
        &["TP3011", "TP3012"],
    );
    check(
        "2.4.6 client-auth=0 needs no trusted-ca",
        &[
            unchecked,
            ("trusted-ca = \"/etc/sec/ca.pem\"\n", ""),
            (TRANSPORT, "tls=1"),
        ],
        "Client/Server",
        State::EncryptedOnly,
        &["TP3011"],
    );
    let java = (
        HOST_SOURCE,
        "runtime = \"java\"\ncertificate-source = \"host\"\n[[application.connection]]",
    );
    check(
        "2.4.6 a Java application without a provider",
        &[java],
        "Client/Server",
        State::Refused,
        &["TP2022"],
    );
}

#[test]
fn item_2_3_3_an_own_file_beside_a_security_section() {
    let own = "own-file = \"/opt/lca.cfg\"\ncertificate-source = \"host\"\n[application.security]\nsend-root = 1\n[[application.connection]]";
    check(
        "2.3.3 what stands above does not apply",
        &[(HOST_SOURCE, own)],
        "Client/Server",
        State::Refused,
        &["TP2007", "TP5001"],
    );
    let resolution = resolve(&GOOD.replacen(HOST_SOURCE, own, 1));
    let unused = resolution
        .findings()
        .filter(|f| f.code().to_string() == "TP2004");
    assert_eq!(unused.count(), 2, "of the application and of the host");
}

#[test]
fn a_path_where_a_thumbprint_belongs_is_told_as_such() {
    let store = |own: &str| {
        let block = format!("provider = \"MSCAPI\"\ncertificate = \"{own}\"\n");
        let resolution = resolve(&GOOD.replacen(OWN, &block, 1));
        let mut findings = resolution.findings();
        let found = findings.find(|one| one.message.contains("no thumbprint"));
        let texts = found.map(|found| (found.message.clone(), found.remedy.clone()));
        texts.unwrap_or_default()
    };
    let (message, remedy) = store("C:/sec/cert.pem");
    assert!(
        message.contains("\"C:/sec/cert.pem\" is no thumbprint"),
        "{message}"
    );
    assert!(remedy.contains("set provider to PEM"), "{remedy}");
    let (_, remedy) = store("D0:B0:28");
    assert!(!remedy.contains("PEM"), "{remedy}");
}

#[test]
fn what_an_unknown_host_would_have_set_is_not_asked_for() {
    let unknown = ("host = \"b.example.com\"", "host = \"c.example.com\"");
    check(
        "2.4 unknown host",
        &[unknown],
        "Server:default",
        State::Refused,
        &["TP3005"],
    );
    let without = (
        "certificate = \"/etc/sec/b.pem\"\ncertificate-key = \"/etc/sec/b.key\"\n",
        "",
    );
    check(
        "2.4 a host without credentials",
        &[without],
        "Server:default",
        State::Refused,
        &["TP2020"],
    );
}
