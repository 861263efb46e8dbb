//! A reader for the configuration files of OpenSSL, as far as a CA section needs.
//!
//! Sections, `name = value`, `#` comments, quotes, backslash escapes, continued lines and
//! `$variables`. Not `.include` and not `$ENV::`: a value with a variable that is not known here
//! counts as absent. Invariant: no text makes it fail; what it does not understand it leaves out.
//!
//! Source: the manual page config(5) of OpenSSL.

use std::collections::BTreeMap;
use std::iter::Peekable;
use std::str::Chars;

/// A configuration file that was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct OpensslConf {
    sections: BTreeMap<String, BTreeMap<String, String>>,
}

/// The section of what stands before the first section, and where variables are looked for last.
const DEFAULT_SECTION: &str = "default";
/// A value after its variables were replaced: longer ones grow without end (`a=$a$a` repeated).
const MAX_VALUE_BYTES: usize = 4096;

impl OpensslConf {
    pub(crate) fn read(text: &str) -> Self {
        let mut conf = Self::default();
        let mut section = DEFAULT_SECTION.to_owned();
        for line in joined_lines(text.trim_start_matches('\u{feff}')) {
            let line = without_comment(&line).trim().to_owned();
            if let Some(name) = line
                .strip_prefix('[')
                .and_then(|rest| rest.strip_suffix(']'))
            {
                name.trim().clone_into(&mut section);
            } else if let Some((name, value)) = line.split_once('=') {
                // `section::name = value` sets a value elsewhere.
                let name = name.trim();
                let (target, name) = name.split_once("::").unwrap_or((&section, name));
                if let Some(value) = conf.expand(&section, value.trim()) {
                    conf.sections
                        .entry(target.to_owned())
                        .or_default()
                        .insert(name.to_owned(), value);
                }
            }
        }
        conf
    }

    /// The value of `name` in `section`, else in the default section.
    pub(crate) fn get(&self, section: &str, name: &str) -> Option<&str> {
        [section, DEFAULT_SECTION]
            .iter()
            .find_map(|section| self.sections.get(*section)?.get(name))
            .map(String::as_str)
    }

    /// Takes quotes and escapes away and puts variables in; none if a variable is not known.
    fn expand(&self, section: &str, value: &str) -> Option<String> {
        let mut result = String::new();
        let mut quote = None;
        let mut characters = value.chars().peekable();
        while let Some(character) = characters.next() {
            match character {
                '"' | '\'' | '`' if quote.is_none() => quote = Some(character),
                _ if quote == Some(character) => quote = None,
                '\\' => result.extend(characters.next().map(|escaped| match escaped {
                    'n' => '\n',
                    'r' => '\r',
                    't' => '\t',
                    other => other,
                })),
                // Single quotes keep a dollar; double quotes do so too in OpenSSL.
                '$' if quote.is_none() => result.push_str(self.variable(section, &mut characters)?),
                other => result.push(other),
            }
            if result.len() > MAX_VALUE_BYTES {
                return None;
            }
        }
        Some(result)
    }

    /// `$name`, `${name}`, `$(name)`, each also with `section::` before the name.
    fn variable(&self, section: &str, characters: &mut Peekable<Chars<'_>>) -> Option<&str> {
        let close = match characters.peek() {
            Some('{') => Some('}'),
            Some('(') => Some(')'),
            Some(_) | None => None,
        };
        if close.is_some() {
            characters.next();
        }
        let mut name = String::new();
        while let Some(next) =
            characters.next_if(|next| next.is_ascii_alphanumeric() || *next == '_' || *next == ':')
        {
            name.push(next);
        }
        if let Some(close) = close {
            characters.next_if_eq(&close)?;
        }
        match name.split_once("::") {
            Some((section, name)) => self.sections.get(section)?.get(name).map(String::as_str),
            None => self.get(section, &name),
        }
    }
}

/// Lines, those that end in one backslash joined with the next.
fn joined_lines(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut open = String::new();
    for line in text.lines() {
        let backslashes = line.len() - line.trim_end_matches('\\').len();
        if backslashes % 2 == 1 {
            open.push_str(line.get(..line.len() - 1).unwrap_or_default());
        } else {
            open.push_str(line);
            lines.push(std::mem::take(&mut open));
        }
    }
    lines.push(open);
    lines
}

/// The line up to a `#` that is neither quoted nor escaped.
fn without_comment(line: &str) -> &str {
    let mut quote = None;
    let mut escaped = false;
    for (index, character) in line.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' | '\'' | '`' if quote.is_none() => quote = Some(character),
            _ if quote == Some(character) => quote = None,
            '#' if quote.is_none() => return line.get(..index).unwrap_or_default(),
            _ => {}
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, section: &str, name: &str, want: Option<&str>) {
        assert_eq!(OpensslConf::read(text).get(section, name), want, "{text}");
    }

    #[test]
    fn reads_sections_and_values() {
        let text =
            "top = 1 # first\r\n[ ca ]\r\ndefault_ca = CA_default\n\n[CA_default]\ndir=./x\n";
        check(text, "ca", "default_ca", Some("CA_default"));
        check(text, "CA_default", "dir", Some("./x"));
        check(text, "CA_default", "top", Some("1"));
        check(text, "ca", "dir", None);
        check("[a]\nb::c = d\n", "b", "c", Some("d"));
    }

    #[test]
    fn puts_variables_in() {
        let text =
            "[a]\ndir = /x\n[b]\ndir = .\none = $dir/f\ntwo = ${a::dir}/f\nthree = $(dir)y\n";
        check(text, "b", "one", Some("./f"));
        check(text, "b", "two", Some("/x/f"));
        check(text, "b", "three", Some(".y"));
        check("[a]\nx = $ENV::HOME/f\n", "a", "x", None);
        check("[a]\nx = ${y\n", "a", "x", None);
    }

    #[test]
    fn takes_quotes_and_escapes_away() {
        check("[a]\nx = \"a # b\" # c\n", "a", "x", Some("a # b"));
        check("[a]\nx = a\\#b\n", "a", "x", Some("a#b"));
        check("[a]\nx = '$y'\n", "a", "x", Some("$y"));
        check("[a]\nx = a\\\nb\n", "a", "x", Some("ab"));
    }

    #[test]
    fn a_value_cannot_grow_without_end() {
        let text = format!("[a]\nx = yyyyyyyy\n{}", "x = $x$x\n".repeat(60));
        let conf = OpensslConf::read(&text);
        assert!(
            conf.get("a", "x")
                .is_some_and(|value| value.len() <= MAX_VALUE_BYTES)
        );
    }
}
