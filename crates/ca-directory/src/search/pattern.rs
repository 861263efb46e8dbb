//! What a subject is compared with: a part of it, or a pattern with `*` and `?`.
//!
//! Upper and lower case are the same. Invariant: a pattern takes time proportional to the product of
//! both lengths at most, whatever it says.

use memchr::memchr2_iter;

/// What subjects, or names, are compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubjectPattern(Form);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Form {
    /// Stands anywhere.
    Part(Vec<u8>),
    /// Is the whole subject.
    Whole(Vec<u8>),
    /// Is the whole value of an attribute.
    Value(Vec<u8>),
}

impl SubjectPattern {
    /// Reads what a person typed.
    ///
    /// Without `*` and `?` it may stand anywhere in the subject. With them it must be the whole value
    /// of an attribute, such as the common name, or, if it starts with `/`, the whole subject. What is
    /// not ASCII is looked for as the ledger writes it, `\xC3\xA4` for `ä`.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let mut octets = Vec::with_capacity(text.len());
        for octet in text.bytes() {
            if (b' '..=b'~').contains(&octet) {
                octets.push(octet);
            } else {
                octets.extend(format!("\\x{octet:02X}").bytes());
            }
        }
        Self(match (has_wildcard(&octets), octets.starts_with(b"/")) {
            (false, _) => Form::Part(octets),
            (true, true) => Form::Whole(octets),
            (true, false) => Form::Value(octets),
        })
    }

    /// Whether a subject in the one-line form, `/C=DE/CN=h`, is like this.
    pub(crate) fn fits(&self, subject: &[u8]) -> bool {
        match &self.0 {
            Form::Part(part) => contains(subject, part),
            Form::Whole(pattern) => glob(pattern, subject),
            // A slash inside a value looks like the start of the next attribute; then the part before
            // it is what is compared.
            Form::Value(pattern) => subject
                .split(|&octet| octet == b'/')
                .filter_map(|attribute| attribute.splitn(2, |&octet| octet == b'=').nth(1))
                .any(|value| glob(pattern, value)),
        }
    }
}

pub(super) fn has_wildcard(text: &[u8]) -> bool {
    text.iter().any(|octet| matches!(octet, b'*' | b'?'))
}

/// Whether `part` stands in `text`, in upper or lower case.
fn contains(text: &[u8], part: &[u8]) -> bool {
    let Some((first, rest)) = part.split_first() else {
        return true;
    };
    memchr2_iter(first.to_ascii_lowercase(), first.to_ascii_uppercase(), text).any(|start| {
        text.get(start + 1..start + 1 + rest.len())
            .is_some_and(|found| found.eq_ignore_ascii_case(rest))
    })
}

/// Whether the whole of `text` is like `pattern`, in which `*` is any run of characters and `?` one.
pub(super) fn glob(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    // Where to go on when what follows the last star does not fit.
    let mut retry: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                retry = Some((p + 1, t + 1));
                p += 1;
            }
            Some(&wanted)
                if wanted == b'?'
                    || text
                        .get(t)
                        .is_some_and(|found| found.eq_ignore_ascii_case(&wanted)) =>
            {
                p += 1;
                t += 1;
            }
            Some(_) | None => {
                let Some((after_star, next)) = retry else {
                    return false;
                };
                (p, t) = (after_star, next);
                retry = Some((after_star, next + 1));
            }
        }
    }
    pattern
        .get(p..)
        .is_some_and(|rest| rest.iter().all(|&octet| octet == b'*'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, want: bool) {
        let subject = br"/C=DE/O=M\xC3\xBCller AG/CN=stat1.example.com";
        assert_eq!(
            SubjectPattern::new(pattern).fits(subject),
            want,
            "{pattern}"
        );
    }

    #[test]
    fn a_part_may_stand_anywhere() {
        for part in [
            "stat1",
            "STAT1.Example",
            "CN=stat1",
            "/C=DE/O=",
            "Müller AG",
            "com",
            "",
        ] {
            check(part, true);
        }
        for part in ["stat2", "muller", "comx", "DE/CN"] {
            check(part, false);
        }
    }

    #[test]
    fn a_pattern_is_a_whole_value_or_subject() {
        for pattern in [
            "stat?.example.com",
            "*.example.com",
            "S*1*",
            "/C=DE/*",
            "M?????????*AG",
            "*",
        ] {
            check(pattern, true);
        }
        for pattern in ["tat*", "stat?", "*.example", "/O=*", "CN=*", "*q*"] {
            check(pattern, false);
        }
    }

    #[test]
    fn many_stars_take_no_time() {
        let pattern = "*a".repeat(1_000) + "b*";
        let text = "a".repeat(60_000);
        assert!(!glob(pattern.as_bytes(), text.as_bytes()));
        assert!(glob(b"a*b?c**", b"aXbXbYc"));
        assert!(!glob(b"", b"a"));
        assert!(glob(b"", b""));
    }
}
