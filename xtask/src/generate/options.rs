//! The page of options: a table of all, then one section for each line of the options table in the code.
//!
//! Words only: what an option is stands in `trustpack_settings::options`. Invariant: every kind of value and level has its words
//! here, by exhaustive `match`, so that a new kind cannot be left out.

use std::fmt::{self, Write as _};

use trustpack_settings::options::{
    Above, Behaviour, Endpoints, Grouping, OPTIONS, OptionId, OptionOrigin, OptionRow, ValueKind,
};

use super::{NOTICE, cell};

const INTRODUCTION: &str = "\
# Options

The TLS options of ports, connections, applications and hosts, as a fleet file has them and as flags of the same
name have them on the command line. Names and fixed values are case-sensitive.

An option counts at the level where it is set first, in this order: the endpoint (a port or a connection), its
application, the application's host. Options of the *credentials block* are taken together: the first level that has
any of them gives all of them. The other options fall through one by one.

Not everything is in this version of Trustpack's own engine: where it does TLS, an option marked *later* cannot be set yet,
and one marked *in part* takes some of its values only; its section says which. Where the program does TLS itself (`engine`),
all of them may be set, and are judged.

Options marked *ours* are unknown to the systems that Trustpack takes over from; a fleet without them stays readable
by those.

";

const EFFECTS: &str = "
## When a change takes effect

Every option, and every file that one names, takes effect for new connections while a tunnel runs, within seconds or at once
on SIGHUP. Only an endpoint in clear that is to speak TLS takes a restart; until then it lets nothing through. See
[the log](log.md) for what a tunnel says of it.

| options, and what is in their files | sessions | connections that there are |
| --- | --- | --- |
";

/// The whole page.
pub(super) fn page() -> Result<String, fmt::Error> {
    let mut page = format!(
        "{NOTICE}{INTRODUCTION}| option | levels | default | |\n| --- | --- | --- | --- |\n"
    );
    for row in &OPTIONS {
        let name = row.name;
        writeln!(
            page,
            "| [`{name}`](#{name}) | {} | {} | {} |",
            levels(row),
            cell(row.default),
            marks(row)
        )?;
    }
    write_effects(&mut page)?;
    for row in &OPTIONS {
        write_section(&mut page, row)?;
    }
    Ok(page)
}

/// What a change of an option, or of the file that it names, does to a tunnel that runs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Effect {
    Shown,
    Trust,
    Manner,
}

impl Effect {
    const ALL: [Self; 3] = [Self::Shown, Self::Trust, Self::Manner];

    fn of(option: OptionId) -> Self {
        match option {
            OptionId::Certificate
            | OptionId::CertificateKey
            | OptionId::KeystorePassword
            | OptionId::StoreLocation
            | OptionId::SendRoot => Self::Shown,
            OptionId::TlsMutual
            | OptionId::TrustedCa
            | OptionId::Provider
            | OptionId::TruststorePassword
            | OptionId::Crl
            | OptionId::TlsTargetNameCheck
            | OptionId::ClientAuth
            | OptionId::CrlCheck
            | OptionId::CrlFreshness
            | OptionId::AllowedNames
            | OptionId::DangerAcceptWeak => Self::Trust,
            OptionId::Tls
            | OptionId::Upgrade
            | OptionId::Fips140Enabled
            | OptionId::SecProtocol
            | OptionId::SecProtocolMax
            | OptionId::CipherList => Self::Manner,
        }
    }

    /// What becomes of sessions, and of connections that there are.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Shown => ("stay", "stay"),
            Self::Trust => (
                "none from before is resumed",
                "one is cut when its peer's certificate is revoked, has no path to a trusted CA any more, or a name that is no longer allowed; the others stay",
            ),
            Self::Manner => ("none from before is resumed", "stay"),
        }
    }
}

fn write_effects(page: &mut String) -> fmt::Result {
    page.push_str(EFFECTS);
    for effect in Effect::ALL {
        let names = OPTIONS.iter().filter(|row| Effect::of(row.id) == effect);
        let names: Vec<String> = names.map(|row| format!("`{}`", row.name)).collect();
        let (sessions, connections) = effect.words();
        writeln!(
            page,
            "| {} | {sessions} | {connections} |",
            names.join(", ")
        )?;
    }
    Ok(())
}

fn write_section(page: &mut String, row: &OptionRow) -> fmt::Result {
    write!(
        page,
        "\n## {}\n\n{}.\n\n",
        row.name,
        capitalized(row.meaning)
    )?;
    if let Some(alias) = row.alias {
        writeln!(page, "- second name: `{alias}`")?;
    }
    write!(
        page,
        "- values: {}\n- default: {}\n- levels: {}\n",
        values(row.values),
        row.default,
        levels(row)
    )?;
    match row.grouping {
        Grouping::Block => writeln!(page, "- resolved with the credentials block")?,
        Grouping::WithBlock => {
            writeln!(
                page,
                "- resolved by itself; at another level than the credentials block it is a warning"
            )?;
        }
        Grouping::Alone => {}
    }
    match row.origin {
        OptionOrigin::TakenOver => {}
        OptionOrigin::Ours => writeln!(page, "- ours")?,
    }
    match row.behaviour {
        Behaviour::There => Ok(()),
        Behaviour::LaterFor(values) => writeln!(
            page,
            "- **not in this version**: {}; where trustpack does TLS, such a value is an error, and the endpoint is not started",
            words(values)
        ),
    }
}

fn levels(row: &OptionRow) -> &'static str {
    match (row.endpoints, row.above) {
        (Endpoints::Both, Above::ApplicationAndHost) => "endpoint, application, host",
        (Endpoints::Ports, Above::ApplicationAndHost) => "port, application, host",
        (Endpoints::Connections, Above::ApplicationAndHost) => "connection, application, host",
        (Endpoints::Both, Above::Neither) => "endpoint",
        (Endpoints::Ports, Above::Neither) => "port",
        (Endpoints::Connections, Above::Neither) => "connection",
    }
}

fn values(kind: ValueKind) -> String {
    match kind {
        ValueKind::Switch => "`0` or `1`".to_owned(),
        ValueKind::Truth => "`true` or `false`".to_owned(),
        ValueKind::Words(allowed) => words(allowed),
        ValueKind::Path => "an absolute path".to_owned(),
        ValueKind::Certificate => "as the provider has it: absolute paths separated by commas; a thumbprint (blanks, colons and either case are taken); an absolute path, with `#alias` behind it; a PKCS#11 URI".to_owned(),
        ValueKind::Password => "the password itself, `file:PATH` or `env:NAME`; never shown in any output".to_owned(),
        ValueKind::Ciphers => "names of cipher suites, OpenSSL's or IANA's, and OpenSSL's list words, separated by `:` or blanks".to_owned(),
        ValueKind::Freshness => "`required`, `warn`, or a number of hours".to_owned(),
        ValueKind::AllowedNames => {
            "entries `dns:`, `uri:`, `cn:`, `ou:`, `email:` or `spki:`, separated by commas".to_owned()
        }
        ValueKind::Date => "a date, such as `2027-03-31`".to_owned(),
    }
}

fn words(allowed: &[&str]) -> String {
    let quoted: Vec<String> = allowed
        .iter()
        .map(|word| {
            if word.is_empty() {
                "empty".to_owned()
            } else {
                format!("`{word}`")
            }
        })
        .collect();
    quoted.join(", ")
}

/// What sets an option apart, for the last column of the table.
fn marks(row: &OptionRow) -> String {
    let block = match row.grouping {
        Grouping::Block => Some("block"),
        Grouping::WithBlock => Some("with the block"),
        Grouping::Alone => None,
    };
    let ours = match row.origin {
        OptionOrigin::TakenOver => None,
        OptionOrigin::Ours => Some("ours"),
    };
    let later = match row.behaviour {
        Behaviour::There => None,
        Behaviour::LaterFor(_) => Some("in part"),
    };
    [block, ours, later]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(", ")
}

/// With a capital letter, unless it begins with a value such as `host:`.
fn capitalized(sentence: &str) -> String {
    let begins_with_value = sentence
        .split_whitespace()
        .next()
        .is_some_and(|word| word.ends_with(':'));
    let mut letters = sentence.chars();
    match letters.next() {
        Some(first) if !begins_with_value => first.to_uppercase().chain(letters).collect(),
        Some(_) | None => sentence.to_owned(),
    }
}
