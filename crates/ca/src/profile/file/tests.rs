//! Tests of the profile file.

use super::*;

#[track_caller]
fn read(text: &str) -> Profiles {
    Profiles::with_file(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[track_caller]
fn refuses(text: &str, want: &[&str]) {
    let error = Profiles::with_file(text).expect_err(text);
    let found: Vec<String> = error.mistakes().iter().map(ToString::to_string).collect();
    assert_eq!(found.len(), want.len(), "{text}: {found:#?}");
    for (found, want) in found.iter().zip(want) {
        assert!(found.contains(want), "{text}: {found}, not {want}");
    }
}

#[test]
fn a_whole_profile() {
    let text = "\u{feff}# ours\n[profile.kiosk]\npurposes = [\"clientAuth\", \"1.2.3.4\"]\n\
                key-usage = [\"digitalSignature\"]\ndays = 30\nmax-days = 9_0\n\
                permit = [\"dns:kiosk.example.com\",\n  \"ip:10.0.0.0/8\"]\n\
                exclude = ['dns:x.kiosk.example.com']\nwildcards = false\r\n";
    let profiles = read(text);
    let profile = profiles.get(&"kiosk".parse().unwrap()).unwrap();
    assert_eq!(profile.lifetime().days(), 30);
    assert_eq!(profile.max_lifetime().map(Lifetime::days), Some(90));
    assert_eq!(profile.purposes().len(), 2);
    assert_eq!(profile.key_uses, [KeyUse::DigitalSignature]);
    let names = profile.names.as_ref().unwrap();
    assert_eq!((names.permitted.len(), names.excluded.len()), (2, 1));
    assert_eq!(profile.wildcards, Wildcards::Refused);
    let names: Vec<String> = profiles.iter().map(ToString::to_string).collect();
    assert_eq!(names, ["client", "gui", "server", "server-only", "kiosk"]);
}

#[test]
fn what_is_not_said_is_as_in_the_built_in_profiles() {
    let profiles = read("[profile.a]\npurposes = [\"serverAuth\", \"clientAuth\"]\n");
    let mut server = HostProfile::server();
    server.name = "a".parse().unwrap();
    assert_eq!(profiles.get(&server.name), Ok(&server));
    let profiles = read("[profile.a]\npurposes = [\"serverAuth\"]\nmax-days = 7\n");
    let short = profiles.get(&server.name).unwrap();
    assert_eq!(short.lifetime().days(), 7);
    assert_eq!(read("").iter().count(), 4);
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of mistakes")]
fn every_mistake_has_its_place() {
    refuses("days = 3\n", &["line 1, column 1: keys stand below"]);
    refuses("[profile]\n", &["line 1, column 1: this is no table of a"]);
    refuses("[profile.a.b]\n", &["write [profile.NAME]"]);
    refuses("[profile.\"a b\"]\n", &["is no name of a profile"]);
    refuses(
        "[profile.a]\n",
        &["line 1, column 1: the profile has no purposes"],
    );
    refuses(
        "[profile.server]\npurposes = [\"serverAuth\"]\n[profile.ca]\npurposes = [\"serverAuth\"]\n",
        &[
            "\"server\" is built in",
            "line 3, column 1: the profile \"ca\" is built in",
        ],
    );
    let good = "[profile.a]\npurposes = [\"serverAuth\"]\n";
    let with = |line: &str| format!("{good}{line}\n");
    refuses(
        &format!("{good}{good}"),
        &["line 3, column 1: the profile \"a\" stands there twice"],
    );
    refuses(
        &with("purpose = []"),
        &["line 3, column 1: \"purpose\" is no key"],
    );
    refuses(
        &with("purposes = []"),
        &["the key \"purposes\" stands there twice"],
    );
    refuses(
        &with("days = 0"),
        &["line 3, column 8: a lifetime of 0 days"],
    );
    refuses(&with("days = \"7\""), &["must be a whole number"]);
    refuses(&with("days = 0x10"), &["must be a whole number"]);
    refuses(&with("days = -1"), &["must be a whole number"]);
    refuses(&with("days = [1]"), &["not a list"]);
    refuses(
        &with("days = 8\nmax-days = 7"),
        &["days is 8, more than max-days, 7"],
    );
    refuses(
        &with("permit = [\"dns:example.com\", \"x\"]"),
        &["line 3, column 30: \"x\" is no set"],
    );
    refuses(&with("permit = \"dns:example.com\""), &["must be a list"]);
    refuses(&with("permit = []"), &["is an empty list"]);
    refuses(&with("permit = [1]"), &["1 is no string"]);
    refuses(
        &with("key-usage = [\"keyCertSign\"]"),
        &["is no use of a host's key"],
    );
    refuses(
        &with("wildcards = 'no'"),
        &["must be true or false, without"],
    );
    refuses(&with("wildcards.x = true"), &["keys with dots"]);
    refuses(&with("wildcards = {}"), &["tables in braces"]);
    refuses(
        &with("exclude = [[\"x\"]]"),
        &["is an empty list", "a list in a list"],
    );
    refuses(
        &with("[[profile.b]]\npurposes = [\"serverAuth\"]"),
        &["double brackets"],
    );
}

#[test]
fn all_mistakes_are_told_up_to_a_hundred() {
    refuses(
        "[profile.a]\npurposes = [\"x\"]\nyears = 3\ndays = none\n",
        &["\"x\" is no purpose", "\"years\" is no key", "line 4"],
    );
    let many = format!("[profile.a]\n{}", "x = 1\n".repeat(100_000));
    let error = Profiles::with_file(&many).expect_err("many mistakes");
    assert_eq!(error.mistakes().len(), 100);
    refuses(&" ".repeat(MAX_FILE_BYTES + 1), &["at most 1048576"]);
}
