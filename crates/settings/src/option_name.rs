//! What a name in transport parameters or `[security]` means: an option, nearly one, or nothing here.
//!
//! Not what its value is ([`crate::parse`]). Invariant: a name that is near an option is never taken for it.

use crate::options::{self, OPTIONS, OptionRow};
use crate::spelling;

/// Names in transport parameters and `[security]` that belong to other purposes: known, so passed over.
const OTHER_NAMES: [&str; 6] = [
    "address",
    "port",
    "backup-port",
    "protocol",
    "transport",
    "string-attributes-encoding",
];

/// What a name means.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Meaning {
    /// The name of this option, or its alias.
    Option(&'static OptionRow),
    /// It has nothing to do with TLS, and is known.
    OtherPurpose,
    /// It would be an option in this case.
    WrongCase(Known),
    /// It was probably to be an option.
    Near(Known),
    /// Nobody knows it.
    Unknown,
}

/// A name or alias that an option has.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known {
    pub(crate) name: &'static str,
    pub(crate) row: &'static OptionRow,
}

/// What `name` means.
pub(crate) fn meaning(name: &str) -> Meaning {
    if let Some(row) = options::by_name(name) {
        return Meaning::Option(row);
    }
    if OTHER_NAMES.contains(&name) {
        return Meaning::OtherPurpose;
    }
    if let Some(known) = all().find(|known| known.name.eq_ignore_ascii_case(name)) {
        return Meaning::WrongCase(known);
    }
    let nearest = spelling::nearest(name, all().map(|known| known.name));
    match nearest.and_then(|nearest| all().find(|known| known.name == nearest)) {
        Some(known) => Meaning::Near(known),
        None => Meaning::Unknown,
    }
}

/// Every name and alias, in the order of the table.
fn all() -> impl Iterator<Item = Known> {
    OPTIONS.iter().flat_map(|row| {
        let names = [Some(row.name), row.alias].into_iter().flatten();
        names.map(move |name| Known { name, row })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, want: &str) {
        let found = match meaning(name) {
            Meaning::Option(row) => format!("option {}", row.name),
            Meaning::OtherPurpose => "other purpose".to_owned(),
            Meaning::WrongCase(known) => format!("wrong case of {}", known.name),
            Meaning::Near(known) => format!("near {}, which is {}", known.name, known.row.name),
            Meaning::Unknown => "unknown".to_owned(),
        };
        assert_eq!(found, want, "{name}");
    }

    #[test]
    fn a_name_means_one_thing() {
        check("tls", "option tls");
        check("tls-crl", "option crl");
        check("TLS-CRL", "wrong case of tls-crl");
        check("Tls", "wrong case of tls");
        check("tls-mutal", "near tls-mutual, which is tls-mutual");
        check("tls-clr", "near tls-crl, which is crl");
        check("address", "other purpose");
        check("Address", "unknown");
        check("colour", "unknown");
        check("", "unknown");
    }
}
