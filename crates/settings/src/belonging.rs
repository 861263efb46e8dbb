//! Where a name of the fleet file belongs that stands in another place.
//!
//! Invariant: what is named here is taken there, which a test holds.

use crate::fleet_file::keys;
use crate::options::{self, Above, Endpoints};

/// The kinds of objects that have keys, by their headers.
const OBJECTS: [(&str, &[&str]); 5] = [
    ("[[host]]", keys::HOST),
    ("[[application]]", keys::APPLICATION),
    ("[[application.port]]", keys::PORT),
    ("[[application.connection]]", keys::CONNECTION),
    ("[[accept]]", keys::ACCEPTANCE),
];

/// Where to write a key or table of the fleet file, if it is one of another kind of object; `kind` is that of the object
/// that it stands in.
pub(crate) fn of_key(name: &str, kind: &str) -> Option<String> {
    if let Some(home) = of_option(name, kind) {
        return Some(home);
    }
    let told = match (name, kind) {
        ("port" | "connection", "fleet") => {
            format!("it is a table of an application: write [[application.{name}]] below that one")
        }
        ("port" | "connection", "host") => {
            format!("it is a table of an application: write [[application.{name}]]")
        }
        ("security", "fleet") => {
            "it is a table of a host or an application: write [host.security] or [application.security] below that one"
                .to_owned()
        }
        ("security", "port" | "connection") => {
            let example = if kind == "port" { "tls=1;tls-mutual=1" } else { "tls-target-name-check=host" };
            format!("the TLS options of a {kind} stand in its transport, as in transport = \"{example}\"")
        }
        ("name", "port") => {
            "name is a key of hosts and applications; what a port is called by is its id: write id = \"...\""
                .to_owned()
        }
        ("port", "port") => {
            "port is a key of a connection; where a port listens is its number: write number = ..."
                .to_owned()
        }
        ("name" | "id", "connection") => {
            "a connection has no name of its own: `to` says to which application it leads, and `port` to which of its ports"
                .to_owned()
        }
        ("host", "host") => {
            "host is a key of an application; what a host is called by is its name: write name = \"...\""
                .to_owned()
        }
        _other => {
            let home = of_other_key(name)?;
            format!("it is a key of {home}: write it there")
        }
    };
    Some(told)
}

/// The kinds of objects that have a key.
fn of_other_key(name: &str) -> Option<String> {
    let homes = OBJECTS.iter().filter(|(_, keys)| keys.contains(&name));
    let homes: Vec<&str> = homes.map(|(home, _)| *home).collect();
    (!homes.is_empty()).then(|| homes.join(" or "))
}

/// The kinds of objects that have a key which was written as an option. Options of other systems have some of the names too:
/// what may be one of those is not taken for a key.
pub(crate) fn of_key_as_option(name: &str) -> Option<String> {
    const OF_OTHERS_TOO: [&str; 11] = [
        "name",
        "host",
        "security",
        "port",
        "connection",
        "id",
        "to",
        "code",
        "place",
        "reason",
        "until",
    ];
    let is_key = !OF_OTHERS_TOO.contains(&name);
    is_key.then(|| of_other_key(name)).flatten()
}

/// Where to write a TLS option that was written as a key of an object.
fn of_option(name: &str, kind: &str) -> Option<String> {
    let row = options::by_name(name)?;
    let below = match row.endpoints {
        Endpoints::Both => "port or connection",
        Endpoints::Ports => "port",
        Endpoints::Connections => "connection",
    };
    let in_transport = |of: &str| {
        format!(
            "it is a TLS option: write it into the transport of the {of}, as in transport = \"{name}=...\""
        )
    };
    Some(match (kind, row.above, row.endpoints) {
        ("port", _, Endpoints::Both | Endpoints::Ports)
        | ("connection", _, Endpoints::Both | Endpoints::Connections) => in_transport(kind),
        ("application" | "host", Above::ApplicationAndHost, _) => {
            format!("it is a TLS option: write it into [{kind}.security]")
        }
        (_, Above::ApplicationAndHost, _) => format!(
            "it is a TLS option: write it into the transport of a {below}, into [application.security] or into [host.security]"
        ),
        (_, Above::Neither, _) => in_transport(below),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fleet_file::{self, Source};

    fn unknown(text: &str) -> Vec<String> {
        let path = "fleet.toml";
        let fleet = fleet_file::read(&[Source { path, text }]);
        let findings = fleet.findings();
        let messages = findings.map(|finding| finding.message.clone());
        messages
            .filter(|message| message.contains("unknown key"))
            .collect()
    }

    #[test]
    fn every_key_is_taken_where_it_is_said_to_belong() {
        for (header, keys) in OBJECTS {
            let above = if header.contains("application.") {
                format!("[[application]]\nname = \"A\"\n{header}\n")
            } else {
                format!("{header}\n")
            };
            for key in keys {
                let found = unknown(&format!("{above}{key} = \"x\"\n"));
                assert_eq!(found, [""; 0], "{header} {key}");
                let home = of_other_key(key).unwrap();
                assert!(home.split(" or ").any(|one| one == header), "{key}: {home}");
            }
            let none = unknown(&format!("{above}none = \"x\"\n"));
            assert_eq!(none.len(), 1, "{header}");
        }
        assert_eq!(of_other_key("none"), None);
    }

    #[test]
    fn a_key_in_the_wrong_place_is_told_where_it_goes() {
        let cases = [
            ("host", "host", "write name"),
            ("addresses", "application", "[[host]]"),
            ("host", "port", "[[application]]"),
            ("host", "connection", "[[application]]"),
            ("name", "port", "write id"),
            ("name", "connection", "`to`"),
            ("id", "connection", "`port`"),
            ("id", "application", "[[application.port]]"),
            ("port", "port", "write number"),
            ("to", "port", "[[application.connection]]"),
            ("to", "application", "[[application.connection]]"),
            ("name", "fleet", "[[host]] or [[application]]"),
            ("number", "fleet", "[[application.port]]"),
            ("reason", "application", "[[accept]]"),
            (
                "transport",
                "host",
                "[[application.port]] or [[application.connection]]",
            ),
            ("port", "host", "[[application.port]]"),
            ("security", "connection", "tls-target-name-check=host"),
            ("security", "port", "tls-mutual=1"),
            (
                "certificate",
                "connection",
                "transport = \"certificate=...\"",
            ),
            ("tls", "connection", "transport = \"tls=...\""),
            ("tls-mutual", "port", "transport = \"tls-mutual=...\""),
            ("crl", "application", "[application.security]"),
        ];
        for (name, kind, says) in cases {
            let told = of_key(name, kind).unwrap_or_default();
            assert!(told.contains(says), "{name} at {kind}: {told}");
        }
        assert_eq!(of_key("none", "host"), None);
        assert_eq!(
            of_key_as_option("mode"),
            Some("[[application.port]]".to_owned())
        );
        assert_eq!(of_key_as_option("name"), None);
    }
}
