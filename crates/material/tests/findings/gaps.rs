//! Chains whose next issuer is nowhere in the files of their end (item 3.2.2 of the rules): an error, unless the files of
//! all who judge them show that they have it.

use trustpack_material::prediction::{Fault, Prediction};
use trustpack_settings::finding::Severity;

use crate::support::Authority;
use crate::two_ends::{Fleet, codes, prediction, year};

/// Partners with a CA each: either end trusts that of the other, and has its own certificate alone.
fn partners() -> (Fleet, Authority, Authority) {
    let (first, second) = (Authority::root("First"), Authority::root("Second"));
    let mut fleet = Fleet::good(&first);
    fleet.identity("a.example.com", &first.issue(&year("a.example.com")), &[]);
    fleet.trusts("a.example.com", &[&second.certificate]);
    fleet.identity("b.example.com", &second.issue(&year("b.example.com")), &[]);
    fleet.trusts("b.example.com", &[&first.certificate]);
    (fleet, first, second)
}

/// The programs do their TLS themselves.
fn of_others(fleet: Fleet) -> Fleet {
    fleet
        .change("tunnel = \"127.0.0.1:14060\"", "engine = \"openssl\"")
        .change("tunnel = \"127.0.0.1:12060\"", "engine = \"openssl\"")
}

#[track_caller]
fn check(fleet: &Fleet, gaps: &[&str], errors: bool, says: &str) {
    let survey = fleet.surveyed();
    let found: Vec<_> = survey.findings().collect();
    let mut codes = codes(&survey);
    codes.retain(|code| code.starts_with("TP400"));
    codes.dedup();
    assert_eq!(codes, gaps);
    let has_errors = found.iter().any(|one| one.severity() == Severity::Error);
    assert_eq!(has_errors, errors, "{found:#?}");
    let prediction = prediction(&survey).to_string();
    assert!(prediction.starts_with(says), "{prediction}");
}

#[test]
fn item_3_2_2_partners_with_a_ca_each_work_and_have_no_error() {
    let fleet = of_others(partners().0);
    check(&fleet, &["TP4009"], false, "works until");
    let survey = fleet.surveyed();
    let both = survey.findings().filter(|one| {
        one.message
            .ends_with("the peers whose files were looked at have it")
    });
    assert_eq!(both.count(), 2);
    let server = survey.examined(&"Server".parse().unwrap()).unwrap();
    let errors = server
        .findings()
        .filter(|one| one.severity() == Severity::Error);
    assert_eq!(errors.count(), 0, "explain says the same");
}

#[test]
fn item_3_2_2_an_end_of_ours_knows_its_own_files_alone() {
    let start = "fails at the start: the server does not start: its files cannot be used: TP4008";
    check(&partners().0, &["TP4008"], true, start);
}

#[test]
fn item_3_2_2_what_one_peer_misses_stays_an_error() {
    let (mut fleet, first, _) = partners();
    fleet.trusts("a.example.com", &[&first.certificate]);
    let fleet = of_others(fleet);
    check(&fleet, &["TP4008"], true, "fails at the step path");
}

#[test]
fn item_3_2_2_of_peers_that_nobody_has_looked_at_nothing_is_known() {
    let (mut fleet, _, _) = partners();
    fleet.hosts.remove("a.example.com");
    check(&of_others(fleet), &["TP4008"], true, "not known");
}

/// A server whose chain ends at an intermediate, and a client that has what is above, and the CA above its own certificate.
fn server_with_an_intermediate() -> (Fleet, Authority) {
    let (mut fleet, first, second) = partners();
    let (server, client) = ("b.example.com", "a.example.com");
    let sub = second.intermediate("Sub");
    fleet.identity(server, &sub.issue(&year(server)), &[&sub.certificate]);
    let own = first.issue(&year(client));
    fleet.identity(client, &own, &[&first.certificate]);
    (fleet, sub)
}

#[test]
fn item_3_2_2_the_root_of_a_partner_may_be_above_an_intermediate_too() {
    let fleet = of_others(server_with_an_intermediate().0);
    check(&fleet, &["TP4009"], false, "works until");
    let start = "fails at the start: the server does not start: its files cannot be used: TP4008";
    check(&server_with_an_intermediate().0, &["TP4008"], true, start);
}

#[test]
fn item_3_2_2_an_upper_intermediate_that_nobody_has_is_the_fault_of_who_presents() {
    let (mut fleet, sub) = server_with_an_intermediate();
    let lower = sub.intermediate("Lower");
    let own = lower.issue(&year("b.example.com"));
    fleet.identity("b.example.com", &own, &[&lower.certificate]);
    let fleet = of_others(fleet);
    check(&fleet, &["TP4008"], true, "fails at the step path");
    let survey = fleet.surveyed();
    let Prediction::Fails(failing) = prediction(&survey) else {
        panic!("it fails");
    };
    assert_eq!(failing.fault, Fault::Server);
}

#[test]
fn item_3_2_2_what_else_is_wrong_does_not_bring_the_error_back() {
    let (mut fleet, _, second) = partners();
    let own = second.issue(&year("c.example.com"));
    fleet.identity("b.example.com", &own, &[]);
    check(
        &of_others(fleet),
        &["TP4009"],
        true,
        "fails at the step name",
    );
}

#[test]
fn item_3_2_2_nobody_misses_what_is_not_presented() {
    let fleet = partners().0.change("tls=1;tls-mutual=1", "tls=1");
    let survey = fleet.surveyed();
    let at = |host: &str| {
        let place = format!("host {host}");
        let found = survey
            .findings()
            .filter(|one| one.place.to_string() == place);
        let codes = found.map(|one| one.code().to_string());
        codes
            .filter(|code| code.starts_with("TP400"))
            .collect::<Vec<_>>()
    };
    assert_eq!(at("a.example.com"), ["TP4009"]);
    assert_eq!(at("b.example.com"), ["TP4008"]);
}

/// The tests of this file.
pub(crate) const CASES: &[fn()] = &[
    item_3_2_2_partners_with_a_ca_each_work_and_have_no_error,
    item_3_2_2_an_end_of_ours_knows_its_own_files_alone,
    item_3_2_2_what_one_peer_misses_stays_an_error,
    item_3_2_2_of_peers_that_nobody_has_looked_at_nothing_is_known,
    item_3_2_2_the_root_of_a_partner_may_be_above_an_intermediate_too,
    item_3_2_2_an_upper_intermediate_that_nobody_has_is_the_fault_of_who_presents,
    item_3_2_2_what_else_is_wrong_does_not_bring_the_error_back,
    item_3_2_2_nobody_misses_what_is_not_presented,
];
