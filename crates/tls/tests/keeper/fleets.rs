//! Changes of the fleet itself, and of one endpoint beside another.

use std::fs;

use trustpack_settings::endpoint::Refused;
use trustpack_tls::generation::Change;
use trustpack_tls::keeper::open::OpenContext;
use trustpack_tls::keeper::words;
use trustpack_tls::keeper::{Context, Keeper, NotRead, Stays};

use crate::support::{Host, time};
use crate::world::{START, World, assert_stays, assert_trust, of, place, refresh};

#[tokio::test]
async fn a_broken_endpoint_keeps_no_other_one_back() {
    let world = World::new();
    let (mut keeper, a, b) = world.start();
    world.put("A/key.pem", "no key");
    world.trust("B", &[&world.root.certificate]);
    let refreshed = refresh(&mut keeper, time(START));
    assert_stays(&refreshed, "A", &["TP4004"]);
    assert_trust(&refreshed, "B", 0);
    assert!(world.call(&a, &world.stranger).await.is_ok());
    assert!(world.call(&b, &world.stranger).await.is_err());
    // Mended, it says so once.
    world.present("A", &world.root.issue(&Host::named("h.example.com")));
    let refreshed = refresh(&mut keeper, time(START));
    assert!(matches!(of(&refreshed, "A"), Ok(Change::Identity)));
    assert_eq!(refreshed.mended, [place("A")]);
    assert!(refresh(&mut keeper, time(START)).mended.is_empty());
}

#[test]
fn endpoints_that_are_taken_one_by_one_miss_no_change_between() {
    let world = World::new();
    let mut keeper = world.keeper();
    let a = keeper.server(&place("A"), time(START)).unwrap();
    // The fleet file is common to both.
    let more = world.port("C", "h.example.com", 5003, "unsecured");
    world.settings(&more);
    keeper.server(&place("B"), time(START)).unwrap();
    assert!(keeper.is_behind());
    refresh(&mut keeper, time(START));
    assert!(!keeper.is_behind());
    assert_eq!(a.generation(), 1);
}

#[test]
fn an_endpoint_that_is_gone_or_on_another_host_stays_as_it_was() {
    let world = World::new();
    let (mut keeper, _a, _b) = world.start();
    let whole = fs::read_to_string(world.at("fleet/fleet.toml")).unwrap();
    world.put("fleet/fleet.toml", whole.replace("\"A\"", "\"Z\""));
    let refreshed = refresh(&mut keeper, time(START));
    assert!(matches!(of(&refreshed, "A"), Err(Stays::Gone)));
    assert!(matches!(of(&refreshed, "B"), Ok(Change::Nothing)));
    let elsewhere = world.port("A", "x.example.com", 5001, "secured")
        + &world.port("B", "h.example.com", 5002, "secured");
    let hosts = "[[host]]\nname = \"h.example.com\"\n[[host]]\nname = \"x.example.com\"\n";
    world.put("fleet/fleet.toml", format!("{hosts}{elsewhere}"));
    let refreshed = refresh(&mut keeper, time(START));
    assert!(matches!(of(&refreshed, "A"), Err(Stays::Gone)));
}

#[test]
fn other_addresses_are_told() {
    let world = World::new();
    let (mut keeper, _a, _b) = world.start();
    let whole = fs::read_to_string(world.at("fleet/fleet.toml")).unwrap();
    world.put("fleet/fleet.toml", whole.replace("5001", "6001"));
    let refreshed = refresh(&mut keeper, time(START));
    assert_eq!(refreshed.moved, [place("A")]);
    assert!(matches!(of(&refreshed, "A"), Ok(Change::Nothing)));
}

#[test]
fn a_fleet_that_is_no_toml_says_where() {
    let world = World::new();
    let (mut keeper, _a, _b) = world.start();
    world.put("fleet/fleet.toml", "[[host]\n");
    let refreshed = refresh(&mut keeper, time(START));
    for name in ["A", "B"] {
        let stays = of(&refreshed, name).as_ref().expect_err("to stay");
        let found = stays.findings();
        let first = found.first().expect("an error");
        assert_eq!(first.code().to_string(), "TP1004", "{stays}");
        assert!(first.location().is_some(), "{stays}");
    }
}

/// A file that cannot be read is watched from then on, whichever it is.
#[test]
fn a_new_file_of_a_folder_that_cannot_be_read_is_seen_when_it_is_mended_in_place() {
    let world = World::new();
    let (mut keeper, _a, _b) = world.start();
    fs::write(world.at("fleet/more.toml"), b"# \xff\n").unwrap();
    assert!(keeper.is_behind());
    let error = keeper.refresh(time(START)).expect_err("not to be read");
    assert!(matches!(error, NotRead::Source(_)), "{error}");
    assert!(!keeper.is_behind());
    fs::write(world.at("fleet/more.toml"), "# mended\n").unwrap();
    assert!(keeper.is_behind());
    refresh(&mut keeper, time(START));
    assert!(!keeper.is_behind());
}

#[test]
fn what_is_doubtful_since_a_change_is_told_once() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = World::new();
    let restrict = |mode| {
        let mode = fs::Permissions::from_mode(mode);
        fs::set_permissions(world.at("A/key.pem"), mode).unwrap();
    };
    restrict(0o600);
    let (mut keeper, _a, _b) = world.start();
    restrict(0o666);
    let codes = |refreshed: trustpack_tls::keeper::Refreshed| {
        let codes = refreshed
            .findings
            .iter()
            .map(|found| found.code().to_string());
        codes.collect::<Vec<_>>()
    };
    let refreshed = refresh(&mut keeper, time(START));
    assert!(matches!(of(&refreshed, "A"), Ok(Change::Nothing)));
    assert_eq!(codes(refreshed), ["TP4015"]);
    assert_eq!(codes(refresh(&mut keeper, time(START))), [""; 0]);
    // With another certificate it is told again.
    let host = world.root.issue(&Host::named("h.example.com"));
    world.present("A", &host);
    restrict(0o666);
    assert_eq!(codes(refresh(&mut keeper, time(START))), ["TP4015"]);
    // A near miss at the level of the host is somebody's mistake about this endpoint too.
    let whole = fs::read_to_string(world.at("fleet/fleet.toml")).unwrap();
    let miss = "name = \"h.example.com\"\n[host.security]\ncrll = \"/x\"\n";
    let whole = whole.replacen("name = \"h.example.com\"\n", miss, 1);
    world.put("fleet/fleet.toml", whole);
    let found = codes(refresh(&mut keeper, time(START)));
    assert!(found.contains(&"TP1011".to_owned()), "{found:?}");
}

#[test]
fn a_mistake_in_writing_takes_no_protection_away() {
    let world = World::new();
    let (mut keeper, _a, _b) = world.start();
    let whole = fs::read_to_string(world.at("fleet/fleet.toml")).unwrap();
    let check = |keeper: &mut Keeper, from: &str, to: &str, want: Option<(&str, &str)>| {
        world.put("fleet/fleet.toml", whole.replacen(from, to, 1));
        let refreshed = refresh(keeper, time(START));
        let found = match of(&refreshed, "A") {
            Err(stays @ Stays::Doubtful { names, .. }) => {
                Some((stays.to_string(), names[0].code().to_string()))
            }
            Err(stays @ Stays::Settings(Refused::Errors { errors, .. })) => {
                Some((stays.to_string(), errors[0].code().to_string()))
            }
            Err(other) => panic!("{other}"),
            Ok(_) => None,
        };
        let found = found
            .as_ref()
            .map(|(text, code)| (text.as_str(), code.as_str()));
        match (found, want) {
            (Some((text, code)), Some((words, wanted))) => {
                assert!(text.ends_with(words), "{text}");
                assert_eq!(code, wanted);
            }
            (found, want) => assert_eq!(found, want, "{to}"),
        }
    };
    let keeper = &mut keeper;
    let error = "have 1 error";
    let nobody = "than before: no client is asked for a certificate";
    for near in ["tls-mutal=1", "tls_mutual=1", "tlsmutual=1"] {
        check(keeper, "tls-mutual=1", near, Some((error, "TP2015")));
    }
    check(keeper, "tls-mutual=1", "mutual=1", Some((nobody, "TP1012")));
    check(keeper, ";crl=", ";crll=", Some((error, "TP2015")));
    // Nothing is lost by these, and what is meant is done.
    check(
        keeper,
        "tls-mutual=1",
        "tls-mutual=1;trace-level=2;tls-mutal=1",
        None,
    );
    check(keeper, "", "", None);
    check(keeper, "tls-mutual=1", "tls-mutual=1;trace-level=2", None);
    check(keeper, "tls-mutual=1", "tls-mutual=0;trace-level=2", None);
}

#[test]
fn an_open_endpoint_lets_nothing_through_once_tls_is_demanded() {
    let world = World::new();
    let settings = |mode: &str| {
        let port = world.port("C", "h.example.com", 5003, mode);
        world.settings(&format!("{port}tunnel = \"127.0.0.1:1\"\n"));
    };
    settings("unsecured");
    let mut keeper = world.keeper();
    let source = trustpack_tls::keeper::source::Source::Fleet {
        path: world.at("fleet"),
        host: "h.example.com".parse().unwrap(),
    };
    let open = OpenContext::default();
    let reading = source.read(time(START)).unwrap();
    keeper.keep(reading, [(place("C"), Context::Open(open.clone()))]);
    let stays = |keeper: &mut Keeper| {
        let refreshed = refresh(keeper, time(START));
        matches!(of(&refreshed, "C"), Err(Stays::Open(_)))
    };
    assert!(!stays(&mut keeper));
    assert_eq!(open.check(), Ok(()));
    for mode in ["secured", "auto-detect"] {
        settings(mode);
        assert!(stays(&mut keeper), "{mode}");
        assert!(open.check().is_err(), "{mode}");
    }
    // Whatever else is wrong with them.
    world.put("fleet/fleet.toml", "[[host]\n");
    assert!(!stays(&mut keeper));
    assert!(open.check().is_err());
    settings("unsecured");
    assert!(!stays(&mut keeper));
    assert_eq!(open.check(), Ok(()));
}

#[test]
fn a_tunnel_that_nobody_carries_yet_is_told_once() {
    let world = World::new();
    let (mut keeper, _a, _b) = world.start();
    let port = world.port("C", "h.example.com", 5003, "unsecured");
    world.settings(&format!("{port}tunnel = \"127.0.0.1:1\"\n"));
    assert_eq!(refresh(&mut keeper, time(START)).new, [place("C")]);
    assert!(refresh(&mut keeper, time(START)).new.is_empty());
}

#[test]
fn a_place_that_is_not_there_is_answered_with_those_that_are() {
    let world = World::new();
    let wrong = "A:deflt".parse().unwrap();
    let error = world
        .keeper()
        .server(&wrong, time(START))
        .expect_err("unknown");
    let words = "the settings have no A:deflt; what they have here: A:default, B:default";
    assert_eq!(error.to_string(), words);
    let many: Vec<_> = (0..12)
        .map(|number| {
            world.port(
                &format!("M{number}"),
                "h.example.com",
                6000 + number,
                "secured",
            )
        })
        .collect();
    world.settings(&many.concat());
    let error = world
        .keeper()
        .server(&wrong, time(START))
        .expect_err("unknown");
    assert!(error.to_string().ends_with(" and 4 more"), "{error}");
}

#[test]
fn a_port_that_is_opened_under_a_program_is_told_with_a_remedy() {
    let world = World::new();
    let (mut keeper, _a, _b) = world.start();
    let whole = fs::read_to_string(world.at("fleet/fleet.toml")).unwrap();
    let open = whole.replacen("mode = \"secured\"", "mode = \"unsecured\"", 1);
    world.put("fleet/fleet.toml", open);
    let lines = words::of_refreshed(&keeper.refresh(time(START)));
    let text = lines.join("\n");
    assert!(
        text.contains("A:default stays as it was: A:default does not do TLS"),
        "{text}"
    );
    assert!(
        text.contains("(remedy: take back what opens it: mode, or tls and upgrade"),
        "{text}"
    );
}

#[test]
fn an_endpoint_of_another_host_is_not_served_here() {
    let world = World::new();
    world.settings(&world.port("C", "x.example.com", 5003, "secured"));
    let mut keeper = world.keeper();
    let error = keeper
        .server(&place("C"), time(START))
        .expect_err("elsewhere");
    let words = "C:default is on the host x.example.com, not on h.example.com";
    assert_eq!(error.to_string(), words);
    let source = trustpack_tls::keeper::source::Source::Fleet {
        path: world.at("fleet"),
        host: "nosuch.example.com".parse().unwrap(),
    };
    let mut nowhere = Keeper::new(source, std::sync::Arc::new(|_: &str| None));
    let error = nowhere
        .server(&place("Z"), time(START))
        .expect_err("no host");
    assert_eq!(
        error.to_string(),
        "the fleet has no host nosuch.example.com"
    );
}

#[test]
fn a_change_of_trust_says_what_has_changed() {
    let world = World::new();
    let (mut keeper, _a, _b) = world.start();
    let whole = fs::read_to_string(world.at("fleet/fleet.toml")).unwrap();
    let parts = |keeper: &mut Keeper| {
        let refreshed = refresh(keeper, time(START));
        let parts = refreshed.parts.get(&place("A")).expect("a change");
        let words: Vec<_> = parts.iter().map(ToString::to_string).collect();
        (words.join("; "), parts.iter().any(|part| part.weakens()))
    };
    let check = |keeper: &mut Keeper, from: &str, to: &str, words: &str, weaker: bool| {
        world.put("fleet/fleet.toml", whole.replacen(from, to, 1));
        assert_eq!(parts(keeper), (words.to_owned(), weaker));
    };
    let keeper = &mut keeper;
    check(
        keeper,
        "tls-mutual=1",
        "tls-mutual=0",
        "peers are not judged any more",
        true,
    );
    check(keeper, "", "", "peers are judged from now on", false);
    check(
        keeper,
        ";crl=",
        ";address=",
        "revocation is not checked any more",
        true,
    );
    check(keeper, "", "", "revocation is checked from now on", false);
    check(
        keeper,
        "\"secured\"",
        "\"auto-detect\"",
        "plain text is taken too",
        true,
    );
    check(keeper, "", "", "plain text is not taken any more", false);
    world.trust("A", &[&world.root.certificate]);
    world.list("A", &[world.empty_list(2)]);
    assert_eq!(parts(keeper).0, "the trusted CAs; the revocation lists");
}
