//! The certificate files of ends of other engines, which send them as they stand (items 3.2.1 and 3.2.2 of the rules are
//! what ours does), and whom those trust. What real OpenSSL does with such files the tests of predictions show.
//!
//! Long because all in which an engine is known to differ from ours stands side by side.

use trustpack_judge::reason::Step;
use trustpack_keystore::pem;
use trustpack_material::prediction::{Fault, Prediction, Stage};
use trustpack_x509::algorithm::Digest;
use trustpack_x509::certificate::Certificate;
use trustpack_x509::extension::{KeyUse, Purpose};
use trustpack_x509::general_name::GeneralName;

use crate::support::{Authority, Host, Issued, between};
use crate::two_ends::{Fleet, codes, fails, path, prediction, year};

pub(crate) const SERVER: &str = "b.example.com";
const CLIENT: &str = "a.example.com";

/// The server does its TLS with this engine.
pub(crate) fn served_by(fleet: Fleet, engine: &str) -> Fleet {
    fleet.change(
        "tunnel = \"127.0.0.1:12060\"",
        &format!("engine = \"{engine}\""),
    )
}

/// So does the client.
pub(crate) fn dialled_by(fleet: Fleet, engine: &str) -> Fleet {
    fleet.change(
        "tunnel = \"127.0.0.1:14060\"",
        &format!("engine = \"{engine}\""),
    )
}

/// A root, an intermediate and a certificate of that for the server, whose files are put together from them.
pub(crate) struct Ground {
    pub(crate) root: Authority,
    pub(crate) sub: Authority,
    pub(crate) own: Issued,
}

impl Ground {
    pub(crate) fn new() -> Self {
        let root = Authority::root("Root");
        let sub = root.intermediate("Sub");
        let own = sub.issue(&year(SERVER));
        Self { root, sub, own }
    }

    /// The server has these in its certificate file.
    pub(crate) fn with(&self, certificates: &[&Certificate]) -> Fleet {
        let mut fleet = Fleet::good(&self.root);
        fleet.identity(SERVER, &self.own, &[]);
        let certificates: Vec<_> = certificates.iter().map(|one| (*one).clone()).collect();
        fleet.file(SERVER, "/own.pem", pem::certificates_to_pem(&certificates));
        fleet
    }
}

#[track_caller]
fn works(fleet: &Fleet, with: &[&str]) {
    let survey = fleet.surveyed();
    let found = prediction(&survey).to_string();
    assert!(found.starts_with("works"), "{found}");
    let mut codes = codes(&survey);
    codes.retain(|code| ["TP4007", "TP4008", "TP4009", "TP4010", "TP4011"].contains(&&**code));
    assert_eq!(codes, with);
}

/// An error in settings of which another engine may make anything hides nothing that keeps it down for certain.
#[test]
fn what_is_not_known_hides_nothing_that_is() {
    let ground = Ground::new();
    let port = "transport = \"tls=1;tls-mutual=1\"";
    let to = "to = \"Server\"";
    let predicted = |side: &str, engine: &str, transport: &str, broken: bool| {
        let mut fleet = ground.with(&[&ground.own.certificate, &ground.sub.certificate]);
        fleet = match side {
            SERVER => {
                let with = port.replace(
                    "tls=1;tls-mutual=1",
                    &format!("tls=1;tls-mutual=1{transport}"),
                );
                served_by(fleet.change(port, &with), engine)
            }
            _client => {
                let with = format!(
                    "{to}\ntransport = \"{}\"",
                    transport.trim_start_matches(';')
                );
                dialled_by(fleet.change(to, &with), engine)
            }
        };
        if broken {
            fleet.file(side, "/ca.pem", "nothing");
        }
        prediction(&fleet.surveyed()).clone()
    };
    let (value, clear, list) = (";sec-protocol=WRONG", ";tls=0", ";cipher-list=NONSENSE");
    let protocol = Stage::Judgement(Step::Protocol);
    for engine in ["openssl", "jsse", "schannel"] {
        let fails = |side: &str, transport: &str, broken: bool, stage: Stage| {
            let found = predicted(side, engine, transport, broken);
            let said = found.failing().map(|one| (one.stage, one.fault));
            let fault = match side {
                SERVER => Fault::Server,
                _client => Fault::Client,
            };
            assert_eq!(said, Some((stage, fault)), "{engine} {transport}: {found}");
        };
        for side in [SERVER, CLIENT] {
            let alone = predicted(side, engine, value, false);
            assert!(matches!(alone, Prediction::Unknown { .. }), "{alone}");
            fails(side, "", true, Stage::Start);
            fails(side, list, false, Stage::Start);
            fails(side, value, true, Stage::Start);
            fails(side, &format!("{value}{list}"), false, Stage::Start);
        }
        fails(CLIENT, clear, false, protocol);
        fails(CLIENT, clear, true, Stage::Start);
        fails(CLIENT, &format!("{clear}{list}"), false, Stage::Start);
    }
}

/// In plain text nobody asks for suites.
#[test]
fn a_list_of_nothing_keeps_no_plain_text_down() {
    let port = "transport = \"tls=1;tls-mutual=1\"";
    for engine in ["openssl", "jsse", "schannel"] {
        let plain = Ground::new().with(&[]);
        let plain = plain.change("mode = \"secured\"", "mode = \"unsecured\"");
        let plain = plain.change(port, "transport = \"cipher-list=NONSENSE\"");
        let found = served_by(plain, engine).surveyed();
        assert_eq!(prediction(&found), &Prediction::Open);
    }
}

#[test]
fn item_3_2_1_other_engines_take_the_first_certificate_for_their_own() {
    let ground = Ground::new();
    let (root, sub, own) = (
        &ground.root.certificate,
        &ground.sub.certificate,
        &ground.own.certificate,
    );
    for order in [[root, sub, own], [sub, own, root]] {
        works(&ground.with(&order), &["TP4010"]);
        for engine in ["openssl", "jsse", "schannel"] {
            let fleet = served_by(ground.with(&order), engine);
            fails(&fleet, "TP4007", Stage::Start, Fault::Server, "belongs to");
            let survey = fleet.surveyed();
            let told = survey
                .findings()
                .find(|one| one.code().to_string() == "TP4007")
                .unwrap();
            let first = order[0].subject().to_string();
            for word in [engine, first.as_str(), "CN=b.example.com"] {
                assert!(told.message.contains(word), "{}", told.message);
            }
            assert!(told.message.contains(&own.public_key().fingerprint()));
            assert!(told.message.contains(&order[0].public_key().fingerprint()));
            assert!(told.remedy.contains("before all other"), "{}", told.remedy);
        }
    }
}

#[test]
fn item_3_2_1_what_stands_behind_the_own_certificate_is_sent_as_it_stands() {
    let ground = Ground::new();
    let stray = Authority::root("Stray");
    let (root, sub, own) = (
        &ground.root.certificate,
        &ground.sub.certificate,
        &ground.own.certificate,
    );
    let order = [own, root, &stray.certificate, sub];
    let fleet = served_by(ground.with(&order), "openssl");
    works(&fleet, &["TP4010"]);
    let survey = fleet.surveyed();
    let examined = survey.examined(&"Server".parse().unwrap()).unwrap();
    assert!(examined.own_chain().iter().eq(order));
    let told = survey
        .findings()
        .find(|one| one.code().to_string() == "TP4010")
        .unwrap();
    let sent = "; openssl sends them as they stand";
    assert!(told.message.ends_with(sent), "{}", told.message);
    works(&served_by(ground.with(&[own, sub, root]), "openssl"), &[]);
}

#[test]
fn item_3_2_1_of_renewals_with_one_key_another_engine_shows_the_first() {
    let ground = Ground::new();
    let over = Host {
        validity: between("2019-01-01", "2020-01-01"),
        ..Host::named(SERVER)
    };
    let over = ground.sub.issue_for(&over, &ground.own.key);
    let files = [&over, &ground.own.certificate, &ground.sub.certificate];
    works(&ground.with(&files), &["TP4010"]);
    let fleet = served_by(ground.with(&files), "openssl");
    let dates = Stage::Judgement(Step::Dates);
    fails(&fleet, "TP4012", dates, Fault::Server, "2020-01-01");
}

/// The server trusts the intermediate beside the root.
fn trusting(ground: &Ground, certificates: &[&Certificate]) -> Fleet {
    let mut fleet = ground.with(certificates);
    let trusted = [&ground.root.certificate, &ground.sub.certificate];
    fleet.trusts(SERVER, &trusted);
    fleet
}

#[test]
fn item_3_2_2_openssl_takes_from_the_trusted_ones_what_is_above_an_own_certificate_alone() {
    let ground = Ground::new();
    let alone = [&ground.own.certificate];
    works(&trusting(&ground, &alone), &["TP4011"]);
    works(
        &served_by(trusting(&ground, &alone), "openssl"),
        &["TP4011"],
    );
    let java = served_by(trusting(&ground, &alone), "jsse");
    fails(&java, "TP4008", path(), Fault::Server, "CN=Sub");
}

#[test]
fn item_3_2_2_openssl_adds_nothing_to_a_file_with_more() {
    let mut ground = Ground::new();
    let lower = ground.sub.intermediate("Lower");
    ground.own = lower.issue(&year(SERVER));
    let files = [&ground.own.certificate, &lower.certificate];
    works(&trusting(&ground, &files), &["TP4011"]);
    let fleet = served_by(trusting(&ground, &files), "openssl");
    fails(&fleet, "TP4008", path(), Fault::Server, "CN=Lower");
    // The client has it.
    let mut fleet = dialled_by(fleet, "openssl");
    let trusted = [&ground.root.certificate, &ground.sub.certificate];
    fleet.trusts(CLIENT, &trusted);
    works(&fleet, &["TP4009"]);
}

#[test]
fn item_3_3_1_openssl_trusts_an_intermediate_only_under_its_root() {
    let ground = Ground::new();
    let files = [&ground.own.certificate, &ground.sub.certificate];
    let trusting = |trusted: &[&Certificate]| {
        let mut fleet = ground.with(&files);
        fleet.trusts(CLIENT, trusted);
        // Its own chain has nothing to do with whom it trusts.
        let own = ground.root.issue(&year(CLIENT));
        fleet.identity(CLIENT, &own, &[&ground.root.certificate]);
        fleet
    };
    let (root, sub) = (&ground.root.certificate, &ground.sub.certificate);
    let other = Authority::root("Other");
    works(&trusting(&[sub]), &[]);
    works(&dialled_by(trusting(&[sub]), "jsse"), &[]);
    works(&dialled_by(trusting(&[sub, root]), "openssl"), &[]);
    let alone = dialled_by(trusting(&[sub]), "openssl");
    fails(&alone, "TP4101", path(), Fault::Client, "holds no root");
    let beside = dialled_by(trusting(&[sub, &other.certificate]), "openssl");
    fails(&beside, "TP4101", path(), Fault::Client, "CN=Sub");
}

#[test]
fn item_3_3_3_openssl_wants_the_purpose_itself() {
    let root = Authority::root("Root");
    let any = Host {
        purposes: vec![Purpose::Any],
        ..year(SERVER)
    };
    let fleet = || {
        let mut fleet = Fleet::good(&root);
        fleet.identity(SERVER, &root.issue(&any), &[]);
        fleet
    };
    works(&fleet(), &[]);
    let openssl = dialled_by(fleet(), "openssl");
    fails(
        &openssl,
        "TP4103",
        path(),
        Fault::Server,
        "anyExtendedKeyUsage",
    );
}

#[test]
fn item_3_3_3_openssl_and_java_look_at_the_type_of_netscape() {
    const OF_CLIENT: u8 = 0x80;
    const OF_SERVER: u8 = 0x40;
    let root = Authority::root("Root");
    let with = |uses, change: &dyn Fn(&mut Host<'_>)| {
        let mut host = Host {
            netscape: Some(uses),
            ..year(SERVER)
        };
        change(&mut host);
        let mut fleet = Fleet::good(&root);
        fleet.identity(SERVER, &root.issue(&host), &[]);
        fleet
    };
    let same = &|_: &mut Host<'_>| {};
    works(&with(OF_CLIENT, same), &[]);
    works(&dialled_by(with(OF_CLIENT, same), "schannel"), &[]);
    for engine in ["openssl", "jsse"] {
        works(&dialled_by(with(OF_SERVER, same), engine), &[]);
        works(&dialled_by(with(OF_SERVER | OF_CLIENT, same), engine), &[]);
        let fleet = dialled_by(with(OF_CLIENT, same), engine);
        fails(&fleet, "TP4103", path(), Fault::Server, "netscapeCertType");
    }
    // What else is wrong comes later.
    let over = |host: &mut Host<'_>| host.validity = between("2019-01-01", "2020-01-01");
    let fleet = dialled_by(served_by(with(OF_CLIENT, &over), "openssl"), "openssl");
    fails(&fleet, "TP4103", path(), Fault::Server, "netscapeCertType");
    let survey = fleet.surveyed();
    let later = &prediction(&survey).failing().unwrap().later;
    assert!(later[0].contains("2020-01-01"), "{later:?}");
    let usage = |host: &mut Host<'_>| host.uses = vec![KeyUse::KeyAgreement];
    let fleet = dialled_by(served_by(with(OF_CLIENT, &usage), "openssl"), "openssl");
    fails(&fleet, "TP4103", path(), Fault::Server, "netscapeCertType");
}

#[test]
fn item_3_3_3_of_two_faults_openssl_tells_the_one_that_is_one_to_it() {
    let root = Authority::root("Root");
    let over = |uses: Vec<KeyUse>| Host {
        validity: between("2019-01-01", "2020-01-01"),
        uses,
        ..year(SERVER)
    };
    let with = |host: &Host<'_>| {
        let mut fleet = served_by(Fleet::good(&root), "openssl");
        fleet.identity(SERVER, &root.issue(host), &[]);
        dialled_by(fleet, "openssl")
    };
    let dates = Stage::Judgement(Step::Dates);
    for uses in [KeyUse::KeyAgreement, KeyUse::KeyEncipherment] {
        let fleet = with(&over(vec![uses]));
        fails(&fleet, "TP4103", dates, Fault::Server, "2020-01-01");
        let ours = fleet.change("engine = \"openssl\"", "tunnel = \"127.0.0.1:14060\"");
        fails(&ours, "TP4103", path(), Fault::Server, "digitalSignature");
    }
    let fleet = with(&over(vec![KeyUse::NonRepudiation]));
    fails(&fleet, "TP4103", path(), Fault::Server, "digitalSignature");
    // A name that only a wildcard covers is doubtful as well.
    let wildcard = Host {
        alt_names: vec![GeneralName::Dns("*.example.com".to_owned())],
        ..over(vec![KeyUse::DigitalSignature])
    };
    fails(
        &with(&wildcard),
        "TP4103",
        dates,
        Fault::Server,
        "2020-01-01",
    );
    let other = Host {
        purposes: vec![Purpose::ClientAuth],
        ..over(vec![KeyUse::KeyAgreement])
    };
    let fleet = with(&other);
    fails(&fleet, "TP4103", path(), Fault::Server, "TLS server");
    let survey = fleet.surveyed();
    let found = prediction(&survey).to_string();
    assert!(!found.contains("anyExtendedKeyUsage"), "{found}");
    let any = Host {
        purposes: vec![Purpose::Any],
        ..over(vec![KeyUse::DigitalSignature])
    };
    fails(
        &with(&any),
        "TP4103",
        path(),
        Fault::Server,
        "anyExtendedKeyUsage",
    );
}

#[test]
fn item_3_3_3_whether_a_program_looks_at_the_key_usage_is_not_known() {
    let root = Authority::root("Root");
    let host = Host {
        uses: vec![KeyUse::KeyAgreement],
        ..year(SERVER)
    };
    let mut fleet = served_by(Fleet::good(&root), "openssl");
    fleet.identity(SERVER, &root.issue(&host), &[]);
    fails(&fleet, "TP4103", path(), Fault::Server, "digitalSignature");
    let survey = dialled_by(fleet, "openssl").surveyed();
    let found = prediction(&survey).to_string();
    assert!(found.starts_with("not known: "), "{found}");
}

#[test]
fn item_3_3_1_whether_a_program_takes_weak_keys_and_digests_is_not_known() {
    let root = Authority::root("Root");
    let weak = Host {
        digest: Digest::Sha1,
        ..year(SERVER)
    };
    let fleet = |host: &Host<'_>| {
        let mut fleet = served_by(Fleet::good(&root), "jsse");
        fleet.identity(SERVER, &root.issue(host), &[]);
        fleet
    };
    fails(&fleet(&weak), "TP4103", path(), Fault::Server, "SHA-1");
    for engine in ["openssl", "jsse", "schannel"] {
        is_not_known(&dialled_by(fleet(&weak), engine));
        let over = Host {
            validity: between("2019-01-01", "2020-01-01"),
            digest: Digest::Sha1,
            ..year(SERVER)
        };
        let dates = Stage::Judgement(Step::Dates);
        let over = dialled_by(fleet(&over), engine);
        fails(&over, "TP4103", dates, Fault::Server, "2020-01-01");
        let survey = over.surveyed();
        let later = &prediction(&survey).failing().unwrap().later;
        assert!(later[0].contains("SHA-1"), "{later:?}");
    }
}

#[track_caller]
fn is_not_known(fleet: &Fleet) {
    let survey = fleet.surveyed();
    let found = prediction(&survey).to_string();
    assert!(found.starts_with("not known: "), "{found}");
    assert!(found.ends_with("takes it is not known"), "{found}");
    let told = ["TP4101", "TP4102", "TP4103"];
    assert!(!codes(&survey).iter().any(|code| told.contains(&&**code)));
}

#[test]
fn item_3_3_1_of_two_things_each_of_which_is_not_known_nothing_is() {
    let root = Authority::root("Root");
    let (usage, weak) = (vec![KeyUse::KeyEncipherment], Digest::Sha1);
    let wildcard = vec![GeneralName::Dns("*.example.com".to_owned())];
    let weak_usage = Host {
        uses: usage.clone(),
        digest: weak,
        ..year(SERVER)
    };
    let weak_wildcard = Host {
        alt_names: wildcard.clone(),
        digest: weak,
        ..year(SERVER)
    };
    let usage_wildcard = Host {
        alt_names: wildcard,
        uses: usage,
        ..year(SERVER)
    };
    for host in [weak_usage, weak_wildcard, usage_wildcard] {
        for engine in ["openssl", "jsse", "schannel"] {
            let mut fleet = served_by(Fleet::good(&root), "jsse");
            fleet.identity(SERVER, &root.issue(&host), &[]);
            is_not_known(&dialled_by(fleet, engine));
        }
    }
}

#[test]
fn of_an_end_of_another_engine_that_is_refused_nothing_is_foretold() {
    let root = Authority::root("Root");
    let broken = |fleet: Fleet| fleet.change("tls=1;tls-mutual=1", "tls=1;tls-mutual=yes");
    let survey = broken(served_by(Fleet::good(&root), "openssl")).surveyed();
    let Prediction::Unknown { why } = prediction(&survey) else {
        panic!("{}", prediction(&survey));
    };
    for words in ["trustpack refuses the server: ", "TP1013", "is not known"] {
        assert!(why.contains(words), "{why}");
    }
    let survey = broken(Fleet::good(&root)).surveyed();
    let found = prediction(&survey).to_string();
    assert!(found.starts_with("fails at the start"), "{found}");
    // Whether it goes by its port, and sends in clear, or keeps to what it says, is for the program to know.
    let in_clear = |fleet: Fleet| {
        fleet
            .change("mode = \"secured\"", "mode = \"unsecured\"")
            .change("transport = \"tls=1;tls-mutual=1\"\n", "")
            .change("to = \"Server\"", "to = \"Server\"\ntransport = \"tls=1\"")
    };
    let of_openssl = || dialled_by(served_by(Fleet::good(&root), "openssl"), "openssl");
    let survey = in_clear(of_openssl()).surveyed();
    let Prediction::Unknown { why } = prediction(&survey) else {
        panic!("{}", prediction(&survey));
    };
    assert!(
        why.contains("TP3002") && why.contains("is not known"),
        "{why}"
    );
    let survey = in_clear(Fleet::good(&root)).surveyed();
    let found = prediction(&survey).to_string();
    assert!(found.starts_with("fails at the start"), "{found}");
    let clear = of_openssl().change("to = \"Server\"", "to = \"Server\"\ntransport = \"tls=0\"");
    let survey = clear.surveyed();
    let found = prediction(&survey);
    let failing = found.failing().unwrap_or_else(|| panic!("{found}"));
    let protocol = Stage::Judgement(Step::Protocol);
    assert_eq!((failing.stage, failing.fault), (protocol, Fault::Client));
    assert!(failing.why.contains("TP3001"), "{found}");
    // What both say is read as it is written, and does not fit, fails whoever does TLS.
    let fleet = dialled_by(served_by(Fleet::good(&root), "openssl"), "openssl");
    let fleet = fleet
        .change("certificate = \"/own.pem\"\n", "")
        .change("certificate-key = \"/key.pem\"\n", "");
    let survey = fleet.surveyed();
    let found = prediction(&survey);
    let failing = found.failing().unwrap_or_else(|| panic!("{found}"));
    assert_eq!((failing.stage, failing.fault), (path(), Fault::Client));
    assert!(failing.why.contains("TP3010"), "{found}");
}

#[test]
fn item_3_3_2_whether_a_program_takes_a_wildcard_is_not_known() {
    let root = Authority::root("Root");
    let wildcard = Host {
        alt_names: vec![GeneralName::Dns("*.example.com".to_owned())],
        ..year(SERVER)
    };
    let fleet = || {
        let mut fleet = Fleet::good(&root);
        fleet.identity(SERVER, &root.issue(&wildcard), &[]);
        fleet
    };
    let name = Stage::Judgement(Step::Name);
    fails(&fleet(), "TP4102", name, Fault::Server, "*.example.com");
    let survey = dialled_by(fleet(), "openssl").surveyed();
    let found = prediction(&survey).to_string();
    assert!(found.starts_with("not known: "), "{found}");
    assert!(found.ends_with("takes it is not known"), "{found}");
    assert!(!codes(&survey).iter().any(|code| code == "TP4102"));
}

/// The tests of this file.
pub(crate) const CASES: &[fn()] = &[
    item_3_2_1_other_engines_take_the_first_certificate_for_their_own,
    item_3_2_1_what_stands_behind_the_own_certificate_is_sent_as_it_stands,
    item_3_2_1_of_renewals_with_one_key_another_engine_shows_the_first,
    item_3_2_2_openssl_takes_from_the_trusted_ones_what_is_above_an_own_certificate_alone,
    item_3_2_2_openssl_adds_nothing_to_a_file_with_more,
    item_3_3_1_openssl_trusts_an_intermediate_only_under_its_root,
    item_3_3_1_whether_a_program_takes_weak_keys_and_digests_is_not_known,
    item_3_3_1_of_two_things_each_of_which_is_not_known_nothing_is,
    item_3_3_2_whether_a_program_takes_a_wildcard_is_not_known,
    item_3_3_3_openssl_wants_the_purpose_itself,
    item_3_3_3_openssl_and_java_look_at_the_type_of_netscape,
    item_3_3_3_of_two_faults_openssl_tells_the_one_that_is_one_to_it,
    item_3_3_3_whether_a_program_looks_at_the_key_usage_is_not_known,
];
