//! The catalogue on the command line, and in the findings of a fleet.

use serde_json::Value;
use trustpack_e2e::call::Call;

#[test]
fn kinds_are_listed_and_shown() {
    let list = Call::trustpack(["components", "list"]).exits_with(0).stdout;
    assert!(list.contains("Universal Routing Server"), "{list}");
    let family = ["components", "list", "--family", "eServices", "--json"];
    let list = Call::trustpack(family).exits_with(0).stdout;
    let list: Value = serde_json::from_str(&list).unwrap();
    let names = list["components"].as_array().unwrap();
    assert!(names.iter().any(|one| one["name"] == "Chat Server"));
    assert!(names.iter().all(|one| one["family"] == "eServices"));
}

/// A component goes by its other names too, and `like:` shows whose links it has.
#[test]
fn one_kind_is_shown_with_its_links() {
    let shown = Call::trustpack(["components", "show", "LCA"])
        .exits_with(0)
        .stdout;
    assert!(shown.contains("Local Control Agent"), "{shown}");
    assert!(
        shown.contains("note: LCA takes its TLS options only from its own file"),
        "{shown}"
    );
    let shown = Call::trustpack(["components", "show", "SIP Server", "--json"]);
    let shown: Value = serde_json::from_str(&shown.exits_with(0).stdout).unwrap();
    let links = shown["links"].as_array().unwrap();
    let like = "whatever is listed for T-Server";
    assert!(
        links.iter().any(|link| link["peers"][0] == like),
        "{shown:#}"
    );
}

#[test]
fn a_kind_that_is_not_there_is_refused_with_the_nearest() {
    let refused = Call::trustpack(["components", "show", "Stat Sever"]).exits_with(1);
    assert!(
        refused.stderr.contains("no component \"Stat Sever\""),
        "{refused}"
    );
    assert!(
        refused.stderr.contains("did you mean \"Stat Server\""),
        "{refused}"
    );
    Call::trustpack(["components", "list", "--family", "none"]).exits_with(1);
}
