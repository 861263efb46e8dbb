//! The data of the catalogue, and its selectors.

use super::*;

#[test]
fn the_whole_file_is_read() {
    let text = include_str!("../../data/components.toml");
    let heads = |head: &str| text.lines().filter(|line| *line == head).count();
    let catalogue = catalogue();
    assert_eq!(catalogue.components.len(), heads("[[component]]"));
    assert_eq!(catalogue.links.len(), heads("[[link]]"));
    assert_eq!(catalogue.notes.len(), heads("[[note]]"));
    assert!(catalogue.links.len() > 100);
}

#[test]
fn every_name_in_it_is_one_it_has() {
    let catalogue = catalogue();
    for component in catalogue.components() {
        for note in &component.notes {
            assert!(catalogue.note(note).is_some(), "{note}");
        }
    }
    for link in catalogue.links() {
        for note in &link.notes {
            assert!(catalogue.note(note).is_some(), "{note}");
        }
        for selector in link.from.iter().chain(&link.to) {
            match selector {
                Selector::Component(name) | Selector::Like(name) => {
                    assert!(catalogue.component(name).is_some(), "{name}");
                }
                Selector::Family(family) => {
                    let mut all = catalogue.components().iter();
                    assert!(all.any(|c| c.family == *family), "{family}");
                }
                Selector::External(kind) => {
                    let kinds = ["database", "sip", "mrcp", "http", "https"];
                    assert!(kinds.contains(&kind.as_str()), "{kind}");
                }
                Selector::Any | Selector::Itself => {}
            }
        }
    }
}

#[track_caller]
fn check(client: &str, server: &str, want: &[LinkPort]) {
    let catalogue = catalogue();
    let kind = |name| {
        catalogue
            .component(name)
            .unwrap_or_else(|| panic!("{name}"))
    };
    let mut ports: Vec<LinkPort> = Vec::new();
    for link in catalogue.between(kind(client), kind(server)) {
        if !ports.contains(&link.port) {
            ports.push(link.port);
        }
    }
    assert_eq!(ports, want, "{client} to {server}");
}

#[test]
fn selectors_are_matched_as_the_head_of_the_file_says() {
    use LinkPort::{Any, AutoDetect, Default, Esp, HaSync, Https};
    // A name, both ways.
    check("CCPulse+", "Stat Server", &[Any]);
    check("Stat Server", "CCPulse+", &[Any]);
    // `direction = "client"`: one way only.
    check("Chat Server", "Universal Contact Server", &[Default]);
    check("Web browser", "Genesys Administrator", &[Https]);
    check("Genesys Administrator", "Web browser", &[]);
    check("Interaction Server", "Chat Server", &[Esp]);
    // An alias.
    check("ORS", "Orchestration Server", &[Any]);
    // `family:` and `any`.
    check("WFM Web", "DB Server", &[Any]);
    // `self`: the same kind alone.
    check(
        "Configuration Server",
        "Configuration Server",
        &[Any, HaSync],
    );
    // `like:`: SIP Server has what is listed for T-Server.
    let of_t_server = "Universal Routing Server";
    check(of_t_server, "T-Server", &[Any]);
    check(of_t_server, "SIP Server", &[Any]);
    check(
        "Workspace Desktop Edition",
        "Configuration Server",
        &[Any, AutoDetect],
    );
    check("Chat Server", "SMS Server", &[]);
}

#[test]
fn a_name_that_is_nearly_one_is_known() {
    assert_eq!(catalogue().nearest("stat server"), Some("Stat Server"));
    assert_eq!(catalogue().nearest("Stat Sever"), Some("Stat Server"));
    assert_eq!(catalogue().nearest("Our own recorder"), None);
}
