//! Names of hosts as certificates and clients use them.
//!
//! Invariant: what is held here can stand in a certificate, a file name and a log line as it is.

use std::fmt;
use std::str::FromStr;

/// A DNS name: ASCII, lower case, 1 to 253 octets, labels of 1 to 63 octets, no final dot.
///
/// International names are taken to their A-label on reading. Underscores are let through, because
/// hosts with them exist; who issues a certificate warns of them ([`DnsName::has_underscore`]).
/// A wildcard is another type: [`WildcardName`].
///
/// Source: RFC 5280 section 4.2.1.6, RFC 1035 section 2.3.4 for the lengths, RFC 5890 for A-labels.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DnsName(Box<str>);

/// A name whose first label is `*`, such as `*.example.com`; lower case, no final dot.
///
/// Source: RFC 9525 section 6.3.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WildcardName(Box<str>);

/// Why a text is no host name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidDnsName {
    /// Nothing, or a dot alone.
    #[error("the host name is empty; it must have 1 to {MAX_NAME} characters")]
    Empty,
    /// Longer than DNS allows.
    #[error("the host name \"{name}\" has {length} characters; at most {MAX_NAME} are allowed")]
    TooLong {
        /// The start of the name as written.
        name: String,
        /// Its length in octets, as A-labels.
        length: usize,
    },
    /// A character that host names cannot have.
    #[error(
        "the host name \"{name}\" contains {found:?}; allowed are letters, digits, hyphens and dots"
    )]
    Character {
        /// The name as written, control characters escaped.
        name: String,
        /// The offending character.
        found: char,
    },
    /// Two dots in a row, or one at the start.
    #[error("the host name \"{name}\" has an empty label; write it without leading or double dots")]
    EmptyLabel {
        /// The name as written.
        name: String,
    },
    /// A label longer than DNS allows.
    #[error(
        "the label \"{label}\" of a host name has {length} characters; at most {MAX_LABEL} are allowed"
    )]
    LabelTooLong {
        /// The start of the label.
        label: String,
        /// Its length in octets.
        length: usize,
    },
    /// A label that starts or ends with a hyphen.
    #[error(
        "the label \"{label}\" of a host name starts or ends with a hyphen, which is not allowed"
    )]
    Hyphen {
        /// The label.
        label: String,
    },
    /// An asterisk where a single host is meant.
    #[error("\"{name}\" is a wildcard; one host is to be named here")]
    Wildcard {
        /// The name as written.
        name: String,
    },
    /// An asterisk elsewhere than alone in the first label.
    #[error(
        "\"{name}\" is no wildcard of a certificate; an asterisk can only be the whole first label, as in *.example.com"
    )]
    WildcardPlace {
        /// The name as written.
        name: String,
    },
    /// Digits only in the last label: an IPv4 address, or what software takes for one.
    #[error(
        "the last label of \"{name}\" is a number, so it is no host name; an IP address goes where addresses are asked for"
    )]
    NumericLastLabel {
        /// The name as written.
        name: String,
    },
    /// Not a valid international name.
    #[error("\"{name}\" is no valid international host name (UTS 46)")]
    International {
        /// The name as written, control characters escaped.
        name: String,
    },
}

/// Octets of a whole name without its final dot: RFC 1035 section 2.3.4 allows 255 on the wire.
const MAX_NAME: usize = 253;
/// Octets of a label: RFC 1035 section 2.3.4.
const MAX_LABEL: usize = 63;
/// How a label of an international name begins: RFC 5890 section 2.3.1.
const A_LABEL: &str = "xn--";
/// Characters of a refused name that an error repeats.
const SHOWN: usize = 80;

impl DnsName {
    /// The name, lower case, without a final dot.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part before the first dot.
    #[must_use]
    pub fn first_label(&self) -> &str {
        self.0.split('.').next().unwrap_or(&self.0)
    }

    /// Whether the name has an underscore, which RFC 952 does not allow in host names.
    #[must_use]
    pub fn has_underscore(&self) -> bool {
        self.0.contains('_')
    }
}

impl WildcardName {
    /// The name with its asterisk, lower case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DnsName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for WildcardName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for DnsName {
    type Err = InvalidDnsName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let name = text.strip_suffix('.').unwrap_or(text);
        if name.is_empty() {
            return Err(InvalidDnsName::Empty);
        }
        if name.contains('*') {
            return Err(InvalidDnsName::Wildcard { name: shown(text) });
        }
        let ascii = if name.is_ascii() {
            name.to_ascii_lowercase()
        } else {
            to_a_labels(name)?
        };
        if ascii.len() > MAX_NAME {
            return Err(InvalidDnsName::TooLong {
                name: shown(text),
                length: ascii.len(),
            });
        }
        let mut last = "";
        for label in ascii.split('.') {
            check_label(label, text)?;
            last = label;
        }
        if last.bytes().all(|b| b.is_ascii_digit()) {
            return Err(InvalidDnsName::NumericLastLabel { name: shown(text) });
        }
        // RFC 5890 section 2.3.2.1: a label that begins so is an A-label, and stands for one of letters.
        let is_marked = ascii.split('.').any(|label| label.starts_with(A_LABEL));
        if is_marked && !idna::domain_to_ascii(&ascii).is_ok_and(|again| again == ascii) {
            return Err(InvalidDnsName::International { name: shown(text) });
        }
        Ok(Self(ascii.into()))
    }
}

impl FromStr for WildcardName {
    type Err = InvalidDnsName;

    /// Reads `*.` and a host name behind it.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let rest = text.strip_prefix("*.").filter(|rest| !rest.contains('*'));
        let rest = rest.ok_or_else(|| InvalidDnsName::WildcardPlace { name: shown(text) })?;
        let base: DnsName = rest.parse()?;
        Ok(Self(format!("*.{base}").into()))
    }
}

/// Takes an international name to its A-labels, after refusing what no host name may hold.
///
/// UTS 46 would map some characters (a full-width solidus, for one) into ASCII ones that are not
/// allowed; those are found by the check of the labels that follows.
fn to_a_labels(name: &str) -> Result<String, InvalidDnsName> {
    if let Some(found) = name.chars().find(|c| c.is_control() || c.is_whitespace()) {
        return Err(InvalidDnsName::Character {
            name: shown(name),
            found,
        });
    }
    // A bound before the conversion, whose cost grows faster than the length of a label.
    if name.len() > 4 * MAX_NAME {
        return Err(InvalidDnsName::TooLong {
            name: shown(name),
            length: name.len(),
        });
    }
    idna::domain_to_ascii(name).map_err(|_| InvalidDnsName::International { name: shown(name) })
}

fn check_label(label: &str, name: &str) -> Result<(), InvalidDnsName> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if label.is_empty() {
        return Err(InvalidDnsName::EmptyLabel { name: shown(name) });
    }
    if let Some(found) = label.chars().find(|&c| !allowed(c)) {
        return Err(InvalidDnsName::Character {
            name: shown(name),
            found,
        });
    }
    if label.len() > MAX_LABEL {
        return Err(InvalidDnsName::LabelTooLong {
            label: shown(label),
            length: label.len(),
        });
    }
    if label.starts_with('-') || label.ends_with('-') {
        return Err(InvalidDnsName::Hyphen {
            label: shown(label),
        });
    }
    Ok(())
}

/// The name as an error repeats it: short, and without characters that would act on a terminal.
fn shown(name: &str) -> String {
    let mut text = String::new();
    let mut rest = name.chars();
    for character in rest.by_ref().take(SHOWN) {
        if character.is_ascii_alphanumeric() {
            text.push(character);
        } else {
            text.extend(character.escape_debug());
        }
    }
    if rest.next().is_some() {
        text.push_str("...");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn accepts(text: &str, want: &str) {
        assert_eq!(
            text.parse::<DnsName>().map(|n| n.to_string()),
            Ok(want.to_owned())
        );
    }

    #[track_caller]
    fn refuses(text: &str, want: fn(&InvalidDnsName) -> bool) {
        let error = text.parse::<DnsName>().expect_err(text);
        assert!(want(&error), "{text}: {error}");
    }

    #[test]
    fn accepts_host_names() {
        accepts("Example.COM.", "example.com");
        accepts("stat1", "stat1");
        accepts("a_b.example", "a_b.example");
        accepts("bücher.example", "xn--bcher-kva.example");
        accepts("XN--Bcher-KVA.example", "xn--bcher-kva.example");
        accepts("_a.xn--e28h.example", "_a.xn--e28h.example");
        accepts("9.example", "9.example");
        accepts(
            &format!("{}.example", "a".repeat(63)),
            &format!("{}.example", "a".repeat(63)),
        );
    }

    #[test]
    fn refuses_what_is_none() {
        use InvalidDnsName as E;
        refuses("", |e| *e == E::Empty);
        refuses(".", |e| *e == E::Empty);
        refuses("a/b", |e| matches!(e, E::Character { found: '/', .. }));
        refuses("../etc", |e| {
            matches!(e, E::EmptyLabel { .. } | E::Character { .. })
        });
        refuses("a..b", |e| matches!(e, E::EmptyLabel { .. }));
        refuses("a b", |e| matches!(e, E::Character { found: ' ', .. }));
        refuses("a\nb", |e| matches!(e, E::Character { found: '\n', .. }));
        refuses("a\0b", |e| matches!(e, E::Character { found: '\0', .. }));
        refuses("é\u{7}", |e| matches!(e, E::Character { .. }));
        refuses("*.example.com", |e| matches!(e, E::Wildcard { .. }));
        refuses("10.0.0.1", |e| matches!(e, E::NumericLastLabel { .. }));
        refuses("host.123", |e| matches!(e, E::NumericLastLabel { .. }));
        refuses("-a.example", |e| matches!(e, E::Hyphen { .. }));
        for label in [
            "xn--a",
            "xn--zzzzzzzzz--9",
            "xn--ab-",
            "XN--A",
            "xn--\u{e9}",
        ] {
            refuses(&format!("b.{label}.example"), |e| {
                matches!(e, E::International { .. } | E::Hyphen { .. })
            });
        }
        refuses(&"a".repeat(64), |e| {
            matches!(e, E::LabelTooLong { length: 64, .. })
        });
        refuses(&"a.".repeat(200), |e| matches!(e, E::TooLong { .. }));
        refuses(&"é".repeat(100_000), |e| matches!(e, E::TooLong { .. }));
    }

    #[test]
    fn a_full_width_slash_does_not_become_a_slash() {
        assert!("a\u{ff0f}b.example".parse::<DnsName>().is_err());
    }

    #[test]
    fn errors_do_not_repeat_control_characters() {
        let error = "a\u{1b}[31m"
            .parse::<DnsName>()
            .expect_err("a control character");
        assert!(!error.to_string().contains('\u{1b}'));
    }

    #[test]
    fn wildcards_are_their_own_type() {
        assert_eq!(
            "*.Example.com"
                .parse::<WildcardName>()
                .map(|n| n.to_string()),
            Ok("*.example.com".to_owned())
        );
        for text in ["*.*.com", "a.example", "*", "**.com", "a*.com", "a.*.com"] {
            let error = text.parse::<WildcardName>().expect_err(text);
            let place = matches!(error, InvalidDnsName::WildcardPlace { .. });
            assert!(place, "{text}: {error}");
        }
        assert_eq!("*.".parse::<WildcardName>(), Err(InvalidDnsName::Empty));
    }
}
