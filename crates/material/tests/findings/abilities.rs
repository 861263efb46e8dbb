//! What an engine of somebody else does not know of the settings has no effect there, and so none on what is foretold
//! (item 2.1.4 of the rules).

use trustpack_judge::reason::Step;
use trustpack_material::prediction::{Fault, Stage};

use crate::keys::small;
use crate::support::{Authority, List};
use crate::two_ends::{Fleet, codes, fails, prediction, year};

const CLIENT: &str = "tunnel = \"127.0.0.1:14060\"";
const SERVER: &str = "tunnel = \"127.0.0.1:12060\"";
const CHECK: &str = "tls-target-name-check = \"host\"";

/// The end with this line does its TLS with this engine; the other one too.
fn with(fleet: Fleet, engine: &str) -> Fleet {
    let engine = format!("engine = \"{engine}\"");
    fleet.change(CLIENT, &engine).change(SERVER, &engine)
}

/// The client has this option too.
fn client_says(fleet: Fleet, option: &str) -> Fleet {
    fleet.change(CHECK, &format!("{CHECK}\n{option}"))
}

#[track_caller]
fn works(fleet: &Fleet) {
    let survey = fleet.surveyed();
    let found = prediction(&survey).to_string();
    assert!(found.starts_with("works"), "{found}");
    let codes = codes(&survey);
    let of_lists = |code: &String| ["TP4001", "TP4030", "TP4103"].contains(&code.as_str());
    assert!(!codes.iter().any(of_lists), "{codes:?}");
}

/// A client that checks by a list which was due before, or by one that is not there.
fn listing(list: Option<&str>) -> Fleet {
    let root = Authority::root("Root");
    let mut fleet = Fleet::good(&root);
    if let Some(next) = list {
        let list = List {
            made: "2020-01-01",
            next,
            ..List::default()
        };
        fleet.file("a.example.com", "/ca.crl", root.list(&list));
    }
    client_says(fleet, "crl = \"/ca.crl\"")
}

#[test]
fn item_2_1_4_schannel_knows_no_file_of_lists() {
    works(&with(listing(Some("2020-02-01")), "schannel"));
    works(&with(listing(None), "schannel"));
    let revocation = Stage::Judgement(Step::Revocation);
    let overdue = with(listing(Some("2020-02-01")), "openssl");
    fails(&overdue, "TP4030", revocation, Fault::Client, "2020-02-01");
    let missing = with(listing(None), "openssl");
    fails(&missing, "TP4001", Stage::Start, Fault::Client, "/ca.crl");
}

#[test]
fn item_2_1_4_no_other_engine_knows_how_old_a_list_may_be() {
    let lenient = |fleet: Fleet| fleet.change("crl =", "crl-freshness = \"warn\"\ncrl =");
    let revocation = Stage::Judgement(Step::Revocation);
    let overdue = lenient(with(listing(Some("2020-02-01")), "openssl"));
    fails(&overdue, "TP4030", revocation, Fault::Client, "2020-02-01");
    works(&lenient(listing(Some("2020-02-01"))));
}

#[test]
fn item_2_1_4_no_other_engine_knows_allowed_names() {
    let nobody = |fleet: Fleet| {
        let mutual = "tls=1;tls-mutual=1";
        fleet.change(
            mutual,
            &format!("{mutual};allowed-names=dns:nobody.example.com"),
        )
    };
    let root = Authority::root("Root");
    works(&nobody(with(Fleet::good(&root), "openssl")));
    let names = Stage::Judgement(Step::AllowedNames);
    fails(
        &nobody(Fleet::good(&root)),
        "TP4103",
        names,
        Fault::Both,
        "nobody",
    );
}

#[test]
fn item_2_1_4_no_other_engine_knows_until_when_weak_keys_are_accepted() {
    let accepting = |fleet| client_says(fleet, "danger-accept-weak = \"2022-01-01\"");
    // Not that it works: the program has limits of its own.
    let survey = accepting(with(small(), "openssl")).surveyed();
    let found = prediction(&survey).to_string();
    assert!(found.starts_with("not known: "), "{found}");
    assert!(found.contains("1024 bits"), "{found}");
    assert!(codes(&survey).iter().any(|code| code == "TP4021"));
}

/// Its program may read it for OpenSSL.
#[test]
fn whether_openssl_reads_a_file_in_der_is_not_known() {
    let root = Authority::root("Root");
    let trusting = |der: bool| {
        let mut fleet = Fleet::good(&root);
        if der {
            fleet.file("a.example.com", "/ca.pem", root.certificate.der());
        }
        fleet
    };
    let showing = || {
        let mut fleet = Fleet::good(&root);
        let own = root.issue(&year("b.example.com"));
        fleet.identity("b.example.com", &own, &[]);
        fleet.file("b.example.com", "/own.pem", own.certificate.der());
        fleet
    };
    works(&with(trusting(false), "openssl"));
    for engine in ["jsse", "schannel"] {
        works(&with(trusting(true), engine));
        works(&with(showing(), engine));
    }
    works(&trusting(true));
    works(&showing());
    for (fleet, words) in [
        (
            trusting(true),
            ["the client starts", "/ca.pem in trusted-ca is DER"],
        ),
        (
            showing(),
            ["the server starts", "/own.pem in certificate is DER"],
        ),
    ] {
        let survey = with(fleet, "openssl").surveyed();
        let found = prediction(&survey).to_string();
        assert!(found.starts_with("not known: "), "{found}");
        assert!(
            words.iter().all(|one| found.contains(one)),
            "{words:?}: {found}"
        );
    }
}

/// The tests of this file.
pub(crate) const CASES: &[fn()] = &[
    item_2_1_4_schannel_knows_no_file_of_lists,
    item_2_1_4_no_other_engine_knows_how_old_a_list_may_be,
    item_2_1_4_no_other_engine_knows_allowed_names,
    item_2_1_4_no_other_engine_knows_until_when_weak_keys_are_accepted,
    whether_openssl_reads_a_file_in_der_is_not_known,
];
