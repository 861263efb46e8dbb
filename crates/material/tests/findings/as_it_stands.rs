//! The certificate files of ends of other engines, which send them as they stand (items 3.2.1 and 3.2.2 of the rules are
//! what ours does), and whom those trust. What real OpenSSL does with such files the tests of predictions show.

use trustpack_judge::reason::Step;
use trustpack_keystore::pem;
use trustpack_material::outlook::{self, Course, Others};
use trustpack_material::prediction::{Fault, Prediction, Stage};
use trustpack_settings::endpoint::State;
use trustpack_settings::fleet_file::{self, Source};
use trustpack_settings::resolve::resolve;
use trustpack_x509::certificate::Certificate;
use trustpack_x509::extension::{KeyUse, Purpose};
use trustpack_x509::general_name::GeneralName;

use crate::support::{Authority, Host, Issued, between, time};
use crate::two_ends::{Fleet, NOW, codes, fails, path, prediction, year};

const SERVER: &str = "b.example.com";
const CLIENT: &str = "a.example.com";

/// The server does its TLS with this engine.
fn served_by(fleet: Fleet, engine: &str) -> Fleet {
    fleet.change(
        "tunnel = \"127.0.0.1:12060\"",
        &format!("engine = \"{engine}\""),
    )
}

/// So does the client.
fn dialled_by(fleet: Fleet, engine: &str) -> Fleet {
    fleet.change(
        "tunnel = \"127.0.0.1:14060\"",
        &format!("engine = \"{engine}\""),
    )
}

/// A root, an intermediate and a certificate of that for the server, whose files are put together from them.
struct Ground {
    root: Authority,
    sub: Authority,
    own: Issued,
}

impl Ground {
    fn new() -> Self {
        let root = Authority::root("Root");
        let sub = root.intermediate("Sub");
        let own = sub.issue(&year(SERVER));
        Self { root, sub, own }
    }

    /// The server has these in its certificate file.
    fn with(&self, certificates: &[&Certificate]) -> Fleet {
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

#[track_caller]
fn outlook_is(fleet: &Fleet, state: State, others: Option<Others>) {
    let path = "fleet.toml";
    let source = Source {
        path,
        text: &fleet.text,
    };
    let resolution = resolve(&fleet_file::read(&[source]), time(NOW));
    let survey = fleet.surveyed();
    let server = resolution.endpoint(&"Server".parse().unwrap()).unwrap();
    let outlook = outlook::of(server, &resolution, Some(&survey), time(NOW));
    assert_eq!(outlook.state, state, "{outlook:?}");
    let found = match outlook.course {
        Course::Unwanted { others, .. } => Some(others),
        Course::Refused
        | Course::Down(_)
        | Course::Unknown(_)
        | Course::Serves
        | Course::Connects(_) => None,
    };
    assert_eq!(found, others);
}

#[test]
fn a_port_whose_certificate_nobody_takes_fails_unless_somebody_comes_without_a_look_at_it() {
    let root = Authority::root("Root");
    let over = Host {
        validity: between("2019-01-01", "2020-01-01"),
        ..Host::named(SERVER)
    };
    let mut fleet = served_by(Fleet::good(&root), "openssl");
    outlook_is(&fleet, State::Mutual, None);
    fleet.identity(SERVER, &root.issue(&over), &[]);
    outlook_is(&fleet, State::Failing, Some(Others::Nobody));
    let unchecked = |text: &str| {
        text.replacen(
            "\"host\"\n[[application.connection]]",
            "\"host\"\nclient-auth = \"0\"\n[[application.connection]]",
            1,
        )
    };
    let text = fleet.text.clone();
    fleet.text = unchecked(&text);
    outlook_is(&fleet, State::Mutual, Some(Others::Unchecking));
    fleet.text = text
        .replacen("mode = \"secured\"", "mode = \"auto-detect\"", 1)
        .replacen("tls=1;tls-mutual=1", "tls-mutual=1", 1);
    outlook_is(&fleet, State::AutoDetect, Some(Others::Plain));
}

/// The client has its certificates in a store that is no file.
fn of_windows(fleet: Fleet) -> Fleet {
    dialled_by(fleet, "schannel").change(
        "platform = \"unix\"\n[host.security]\ncertificate = \"/own.pem\"\ncertificate-key = \"/key.pem\"\ntrusted-ca = \"/ca.pem\"\n",
        "platform = \"windows\"\n[host.security]\ncertificate = \"00112233445566778899aabbccddeeff00112233\"\n",
    )
}

#[test]
fn of_a_client_that_is_not_seen_only_a_gap_is_not_known() {
    let ground = Ground::new();
    let whole = [&ground.own.certificate, &ground.sub.certificate];
    let gap = [&ground.own.certificate];
    let with = |files: &[&Certificate]| of_windows(served_by(ground.with(files), "openssl"));
    outlook_is(&with(&whole), State::Mutual, None);
    outlook_is(&with(&gap), State::Mutual, None);
    let over = Host {
        validity: between("2019-01-01", "2020-01-01"),
        ..Host::named(SERVER)
    };
    let mut fleet = with(&whole);
    fleet.identity(SERVER, &ground.root.issue(&over), &[]);
    outlook_is(&fleet, State::Failing, Some(Others::Nobody));
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
    item_3_3_2_whether_a_program_takes_a_wildcard_is_not_known,
    item_3_3_3_openssl_wants_the_purpose_itself,
    item_3_3_3_whether_a_program_looks_at_the_key_usage_is_not_known,
];
