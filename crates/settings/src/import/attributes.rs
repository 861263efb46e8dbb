//! The properties of objects in an export, and the keys of the fleet file that they become.
//!
//! Invariant: a value that is given back is one that its key takes.

use std::net::IpAddr;
use std::str::FromStr;

use trustpack_x509::dns::DnsName;

use super::quoted;
use crate::place::ApplicationName;
use crate::value::{AbsolutePath, PlainAddress};

/// Kinds of objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Host,
    Application,
    Port,
    Connection,
}

/// What a value is.
#[derive(Clone, Copy)]
enum Value {
    /// Any text.
    Text,
    /// One of these words, in whatever case, with blanks or `_` for `-`.
    Words(&'static [&'static str]),
    Addresses,
    Platform,
    Host,
    Application,
    Path,
    Plain,
    PortNumber,
    /// `0`, `1`, `true`, `false`.
    Truth,
}

/// A value of a key, as TOML.
pub(super) enum Literal {
    Text(String),
    Bare(String),
    List(Vec<String>),
}

/// Kind, name in the export, key of the fleet file, its values.
type Row = (Kind, &'static str, &'static str, Value);

const ROWS: &[Row] = &[
    (Kind::Host, "address", "addresses", Value::Addresses),
    (Kind::Host, "addresses", "addresses", Value::Addresses),
    (Kind::Host, "ip", "addresses", Value::Addresses),
    (Kind::Host, "platform", "platform", Value::Platform),
    (Kind::Host, "os", "platform", Value::Platform),
    (Kind::Application, "component", "component", Value::Text),
    (Kind::Application, "type", "component", Value::Text),
    (Kind::Application, "host", "host", Value::Host),
    (Kind::Application, "backup", "backup", Value::Application),
    (
        Kind::Application,
        "runtime",
        "runtime",
        Value::Words(&["native", "java", "dotnet"]),
    ),
    (
        Kind::Application,
        "role",
        "role",
        Value::Words(&["server", "gui"]),
    ),
    (Kind::Application, "account", "account", Value::Text),
    (
        Kind::Application,
        "certificate-source",
        "certificate-source",
        Value::Words(&["host", "application"]),
    ),
    (Kind::Application, "own-file", "own-file", Value::Path),
    (Kind::Port, "number", "number", Value::PortNumber),
    (
        Kind::Port,
        "mode",
        "mode",
        Value::Words(&["unsecured", "secured", "auto-detect"]),
    ),
    (Kind::Port, "transport", "transport", Value::Text),
    (Kind::Port, "ha-sync", "ha-sync", Value::Truth),
    (Kind::Port, "tunnel", "tunnel", Value::Plain),
    (Kind::Port, "engine", "engine", ENGINES),
    (Kind::Port, "configured-by", "configured-by", Value::Text),
    (Kind::Connection, "transport", "transport", Value::Text),
    (Kind::Connection, "tunnel", "tunnel", Value::Plain),
    (Kind::Connection, "engine", "engine", ENGINES),
    (
        Kind::Connection,
        "configured-by",
        "configured-by",
        Value::Text,
    ),
];

const ENGINES: Value = Value::Words(&["trustpack", "openssl", "schannel", "jsse"]);

/// The key of the fleet file that a property becomes, with its value; else why it is none.
pub(super) fn key(kind: Kind, name: &str, text: &str) -> Result<(&'static str, Literal), String> {
    let rows = ROWS.iter().filter(|row| row.0 == kind);
    let row = rows.clone().find(|row| same_word(row.1, name));
    let Some((_, _, key, value)) = row else {
        return Err("the fleet file has no such key".to_owned());
    };
    literal(*value, text).map(|literal| (*key, literal))
}

fn literal(value: Value, text: &str) -> Result<Literal, String> {
    match value {
        Value::Text => Ok(Literal::Text(text.to_owned())),
        Value::Words(words) => {
            let word = words.iter().find(|word| same_word(word, text));
            let word = word.ok_or_else(|| {
                format!(
                    "{} is not allowed; allowed are {}",
                    quoted(text),
                    words.join(", ")
                )
            })?;
            Ok(Literal::Text((*word).to_owned()))
        }
        Value::Addresses => {
            let parts = text.split([',', ' ', ';']).filter(|part| !part.is_empty());
            let addresses = parts.map(parsed::<IpAddr>).collect::<Result<_, _>>()?;
            Ok(Literal::List(addresses))
        }
        Value::Platform => platform(text).map(|word| Literal::Text(word.to_owned())),
        Value::Host => parsed::<DnsName>(text).map(Literal::Text),
        Value::Application => parsed::<ApplicationName>(text).map(Literal::Text),
        Value::Path => parsed::<AbsolutePath>(text).map(Literal::Text),
        Value::Plain => text
            .parse::<PlainAddress>()
            .map(|_| Literal::Text(text.to_owned()))
            .map_err(|error| error.to_string()),
        Value::PortNumber => match text.parse::<u16>() {
            Ok(number) if number > 0 => Ok(Literal::Bare(number.to_string())),
            Ok(_) | Err(_) => Err(format!("{} is no port number", quoted(text))),
        },
        Value::Truth => match text.to_ascii_lowercase().as_str() {
            "1" | "true" | "yes" => Ok(Literal::Bare("true".to_owned())),
            "0" | "false" | "no" => Ok(Literal::Bare("false".to_owned())),
            _ => Err(format!(
                "{} is not allowed; allowed are true and false",
                quoted(text)
            )),
        },
    }
}

fn parsed<T: FromStr<Err: ToString> + ToString>(text: &str) -> Result<String, String> {
    let value: Result<T, _> = text.parse();
    value
        .map(|value| value.to_string())
        .map_err(|error| error.to_string())
}

/// By what an export calls an operating system: `Windows Server 2019`, `Red Hat Linux`.
fn platform(text: &str) -> Result<&'static str, String> {
    const UNIX: [&str; 9] = [
        "unix", "linux", "red hat", "redhat", "solaris", "aix", "hp-ux", "hpux", "tru64",
    ];
    let lower = text.to_ascii_lowercase();
    if lower.contains("windows") {
        Ok("windows")
    } else if UNIX.iter().any(|name| lower.contains(name)) {
        Ok("unix")
    } else {
        Err(format!(
            "{} names no system that is known; allowed are unix and windows",
            quoted(text)
        ))
    }
}

/// Whether two words differ in their case and in blanks, `_` and `-` at most.
fn same_word(known: &str, written: &str) -> bool {
    let letters = |text: &str| -> Vec<u8> {
        let bytes = text.trim().bytes().take(known.len() + 8);
        let bare = bytes.filter(|b| !matches!(b, b' ' | b'_' | b'-'));
        bare.map(|b| b.to_ascii_lowercase()).collect()
    };
    letters(known) == letters(written)
}
