//! Where a name of the fleet file belongs that stands in another place.
//!
//! Invariant: what is named here is taken there, which a test holds.

use crate::options::{self, Above, Endpoints};

/// Names of keys that an object of one kind has, and no option.
const KEYS: [(&str, &[&str]); 4] = [
    ("[[host]]", &["addresses", "platform"]),
    (
        "[[application]]",
        &[
            "component",
            "backup",
            "runtime",
            "role",
            "account",
            "certificate-source",
            "own-file",
        ],
    ),
    ("[[application.port]]", &["number", "mode", "ha-sync"]),
    (
        "[[application.port]] or [[application.connection]]",
        &["transport", "tunnel", "engine", "configured-by"],
    ),
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
            format!("the TLS options of a {kind} stand in its transport, as in transport = \"tls=1;tls-mutual=1\"")
        }
        _other => {
            let home = of_other_key(name)?;
            format!("it is a key of {home}: write it there")
        }
    };
    Some(told)
}

/// The kind of object that has a key.
pub(crate) fn of_other_key(name: &str) -> Option<&'static str> {
    let mut all = KEYS.iter();
    all.find(|(_, keys)| keys.contains(&name))
        .map(|(home, _)| *home)
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
            "it is a TLS option: write it into the transport of the {of}, as in transport = \"tls=1;tls-mutual=1\""
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
        let findings = fleet.findings.iter();
        let unknown = findings.filter(|finding| finding.code().to_string() == "TP1002");
        unknown.map(|finding| finding.message.clone()).collect()
    }

    #[test]
    fn every_key_is_taken_where_it_is_said_to_belong() {
        for (home, keys) in KEYS {
            for (home, key) in home
                .split(" or ")
                .flat_map(|home| keys.iter().map(move |key| (home, key)))
            {
                let above = if home.contains("application.") {
                    "[[application]]\nname = \"A\"\n"
                } else {
                    ""
                };
                let found = unknown(&format!("{above}{home}\n{key} = \"x\"\n"));
                assert_eq!(found, [""; 0], "{home} {key}");
                assert_eq!(unknown(&format!("{key} = \"x\"\n")).len(), 1, "{key}");
            }
        }
    }
}
