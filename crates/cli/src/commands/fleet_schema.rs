//! `trustpack fleet schema`.

use serde_json::{Map, Value, json};
use trustpack_settings::options::{
    Above, Endpoints, Grouping, OPTIONS, OptionOrigin, OptionRow, ValueKind,
};
use trustpack_settings::place::MAX_NAME;

use crate::failure::{Answer, Failure};
use crate::session::Session;

/// Print the JSON schema of the fleet file, for editors and validators
///
/// An editor that knows it completes keys and options, explains them, and marks what is misspelt while it is typed.
/// What needs the whole fleet, `fleet check` alone finds.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  trustpack fleet schema > fleet.schema.json
and as the first line of the fleet file, for the editors that use Taplo:
  #:schema ./fleet.schema.json")]
pub(crate) struct FleetSchema {}

/// The version of JSON Schema that editors and validators of TOML know best.
const DRAFT: &str = "http://json-schema.org/draft-07/schema#";

impl FleetSchema {
    pub(crate) fn run(self, session: &mut Session) -> Result<Answer, Failure> {
        session.out.json(&schema())?;
        session.out.flush()?;
        Ok(Answer::Done)
    }
}

fn schema() -> Value {
    let mut schema = object(
        "A fleet: its hosts, applications, ports and connections, with their TLS options",
        &[],
        json!({
            "host": tables(host()),
            "application": tables(application()),
            "accept": tables(acceptance()),
        }),
    );
    if let Some(fields) = schema.as_object_mut() {
        fields.insert("$schema".to_owned(), json!(DRAFT));
        fields.insert("title".to_owned(), json!("Trustpack fleet file"));
    }
    schema
}

/// A table of these keys and no others.
fn object(description: &str, required: &[&str], properties: Value) -> Value {
    json!({
        "type": "object",
        "description": description,
        "required": required,
        "properties": properties,
        "additionalProperties": false,
    })
}

fn tables(item: Value) -> Value {
    json!({ "type": "array", "items": item })
}

fn host() -> Value {
    let properties = json!({
        "name": {
            "type": "string",
            "pattern": r"^[^\s/:@*]+$",
            "description": "full DNS name; the name that clients check in the certificate",
        },
        "addresses": {
            "type": "array",
            "items": { "type": "string", "pattern": r"^[0-9A-Fa-f.:]+$" },
            "description": "IP addresses without a port; without any, the name is looked up",
        },
        "platform": {
            "enum": ["unix", "windows"],
            "description": "decides the default of provider; unix if not said",
        },
        "security": security("options for all applications of the host"),
    });
    object("a machine", &["name"], properties)
}

fn application() -> Value {
    let properties = json!({
        "name": name("its name"),
        "component": {
            "type": "string",
            "description": "what kind of program it is: a name of the catalogue (trustpack components list), or free text",
        },
        "host": { "type": "string", "description": "name of the host it runs on" },
        "backup": name("name of the application that stands in for this one"),
        "runtime": {
            "enum": ["native", "java", "dotnet"],
            "description": "what it runs in; native if not said",
        },
        "role": {
            "enum": ["server", "gui"],
            "description": "decides the default of store-location; server if not said",
        },
        "account": { "type": "string", "description": "the account its service runs under" },
        "certificate-source": {
            "enum": ["host", "application"],
            "description": "which level the credentials come from",
        },
        "own-file": {
            "type": "string",
            "description": "the file that it reads its TLS options from instead of the levels",
        },
        "security": security("options for all ports and connections of the application"),
        "port": tables(port()),
        "connection": tables(connection()),
    });
    object(
        "a program that listens or connects",
        &["name", "host"],
        properties,
    )
}

fn port() -> Value {
    let mut properties = json!({
        "id": name("its ID, unique in the application; default if not said"),
        "number": {
            "anyOf": [
                { "type": "integer", "minimum": 1, "maximum": u16::MAX },
                { "type": "string", "pattern": "^[0-9]{1,5}$" },
            ],
            "description": "the number it listens on",
        },
        "mode": {
            "enum": ["unsecured", "secured", "auto-detect"],
            "description": "secured writes tls=1, auto-detect upgrade=1, where transport does not say it",
        },
        "ha-sync": {
            "enum": [true, false, 0, 1, "true", "false", "0", "1"],
            "description": "a backup pair is linked by this port",
        },
    });
    add_common(&mut properties, "where the program listens in clear");
    object(
        "a port that an application listens on",
        &["number"],
        properties,
    )
}

fn connection() -> Value {
    let mut properties = json!({
        "to": name("name of the other application"),
        "port": name("ID of its port; default if not said"),
    });
    add_common(
        &mut properties,
        "where the tunnel listens in clear for the program",
    );
    object(
        "a connection to a port of another application",
        &["to"],
        properties,
    )
}

/// What ports and connections both have.
fn add_common(properties: &mut Value, tunnel: &str) {
    let Some(properties) = properties.as_object_mut() else {
        return;
    };
    let common = [
        (
            "transport",
            json!({
                "type": "string",
                "not": { "pattern": r"\s[;=]|[;=]\s" },
                "description": "transport parameters, name=value;name=value, without a blank beside ; and =",
            }),
        ),
        (
            "tunnel",
            json!({
                "type": "string",
                "pattern": r"^(unix:/.+|[0-9.]+:[0-9]+|\[[0-9A-Fa-f:.]+\]:[0-9]+)$",
                "description": format!("{tunnel}: IP:port or unix:/path"),
            }),
        ),
        (
            "engine",
            json!({
                "enum": ["trustpack", "openssl", "schannel", "jsse"],
                "description": "who does TLS there",
            }),
        ),
        (
            "configured-by",
            json!({
                "type": "string",
                "pattern": "^product($|[ :,])",
                "description": "product, with free text behind it: TLS is set up elsewhere",
            }),
        ),
    ];
    properties.extend(common.map(|(key, value)| (key.to_owned(), value)));
}

fn acceptance() -> Value {
    let properties = json!({
        "code": {
            "type": "string",
            "pattern": "^TP[0-9]{4}$",
            "description": "code of the finding",
        },
        "place": {
            "type": "string",
            "minLength": 1,
            "description": "its place, as fleet check prints it",
        },
        "reason": { "type": "string", "pattern": r"\S", "description": "why it is accepted" },
        "until": day("the last day"),
    });
    let required = ["code", "place", "reason", "until"];
    object(
        "a finding that is accepted for some time",
        &required,
        properties,
    )
}

/// A name of an application, or an ID of a port.
fn name(description: &str) -> Value {
    json!({
        "type": "string",
        "minLength": 1,
        "maxLength": MAX_NAME,
        "pattern": r"^[^/:@]+$",
        "description": description,
    })
}

/// A date of TOML, which validators see as text.
fn day(description: &str) -> Value {
    json!({
        "type": "string",
        "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}Z)?$",
        "description": description,
    })
}

/// `[security]` of a host or an application. Names that are no options are left to `fleet check`, which passes over those that
/// the systems taken over know; but a name that differs from an option in case alone is refused.
fn security(description: &str) -> Value {
    let rows = OPTIONS.iter().filter(|row| match row.above {
        Above::ApplicationAndHost => true,
        Above::Neither => false,
    });
    let mut properties = Map::new();
    for row in rows {
        for name in [Some(row.name), row.alias].into_iter().flatten() {
            properties.insert(name.to_owned(), option(row));
        }
    }
    let names: Vec<&str> = OPTIONS
        .iter()
        .flat_map(|row| [Some(row.name), row.alias])
        .flatten()
        .collect();
    let in_any_case: Vec<String> = names.iter().map(|name| any_case(name)).collect();
    json!({
        "type": "object",
        "description": description,
        "properties": properties,
        "propertyNames": {
            "anyOf": [
                { "enum": names },
                { "not": { "pattern": format!("^({})$", in_any_case.join("|")) } },
            ],
        },
        "additionalProperties": { "type": ["string", "number", "boolean"] },
    })
}

/// A pattern for a name in any case.
fn any_case(name: &str) -> String {
    name.chars()
        .map(|letter| {
            if letter.is_ascii_alphabetic() {
                format!("[{}{}]", letter.to_ascii_uppercase(), letter)
            } else {
                letter.to_string()
            }
        })
        .collect()
}

fn option(row: &OptionRow) -> Value {
    let mut value = values(row.values);
    let mut words = vec![format!("{}. Default: {}", row.meaning, row.default)];
    match row.grouping {
        Grouping::Block => words.push("taken with the credentials block".to_owned()),
        Grouping::WithBlock => words.push("belongs at the level of the credentials".to_owned()),
        Grouping::Alone => {}
    }
    match row.endpoints {
        Endpoints::Both => {}
        Endpoints::Ports => words.push("of effect at ports".to_owned()),
        Endpoints::Connections => words.push("of effect at connections".to_owned()),
    }
    match row.origin {
        OptionOrigin::TakenOver => {}
        OptionOrigin::Ours => words.push("Trustpack's own".to_owned()),
    }
    if let Some(fields) = value.as_object_mut() {
        fields.insert("description".to_owned(), json!(words.join("; ")));
    }
    value
}

fn values(kind: ValueKind) -> Value {
    match kind {
        ValueKind::Switch => json!({ "enum": ["0", "1", 0, 1] }),
        ValueKind::Truth => json!({ "enum": ["true", "false", true, false] }),
        ValueKind::Words(words) => json!({ "enum": words }),
        ValueKind::Path => json!({
            "type": "string",
            "pattern": r"^$|^/|^[A-Za-z]:[\\/]|^\\\\",
        }),
        ValueKind::Certificate | ValueKind::Ciphers | ValueKind::AllowedNames => {
            json!({ "type": "string" })
        }
        ValueKind::Password => json!({ "type": ["string", "number", "boolean"] }),
        ValueKind::Freshness => json!({
            "anyOf": [
                { "type": "string", "pattern": "^(|required|warn|[0-9]+)$" },
                { "type": "integer", "minimum": 0 },
            ],
        }),
        ValueKind::Date => day("a date"),
    }
}
