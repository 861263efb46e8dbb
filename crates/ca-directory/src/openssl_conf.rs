//! A reader for the configuration files of OpenSSL, as far as a CA section needs.
//!
//! Sections, `name = value`, `#` comments, quotes, backslash escapes, continued lines, `$variables`, and
//! `.include` where the caller gives the files. Not `$ENV::`: a value with a variable that is not known
//! here counts as absent. Invariant: no text makes it fail, or keep more than [`MAX_KEPT_BYTES`]; what it
//! does not understand it leaves out.
//!
//! Source: the manual page config(5) of OpenSSL.

use std::collections::BTreeMap;
use std::iter::Peekable;
use std::str::Chars;

/// A configuration file that was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct OpensslConf {
    sections: BTreeMap<String, BTreeMap<String, String>>,
    /// Octets of all names and values that were ever kept.
    kept_bytes: usize,
    includes: usize,
}

/// Gives the texts of the files that `.include` names: one file, or all of a folder. None of those
/// that must not be read.
pub(crate) type Include<'a> = dyn Fn(&str) -> Vec<String> + 'a;

/// The section of what stands before the first section, and where variables are looked for last.
const DEFAULT_SECTION: &str = "default";
/// A value after its variables were replaced: longer ones grow without end (`a=$a$a` repeated).
const MAX_VALUE_BYTES: usize = 4096;
/// All names and values together: ten times the configuration that OpenSSL comes with. Short variables
/// with long values would make hundreds of times the size of the file.
const MAX_KEPT_BYTES: usize = 128 * 1024;
/// Files that are included, counted with those that they include.
const MAX_INCLUDES: usize = 64;
/// Files that include each other: OpenSSL would go on until its stack is full.
const MAX_INCLUDE_DEPTH: usize = 8;

impl OpensslConf {
    /// Reads a text by itself; `.include` is passed over.
    pub(crate) fn read(text: &str) -> Self {
        Self::read_with(text, &|_| Vec::new())
    }

    /// Reads a text and what it includes.
    pub(crate) fn read_with(text: &str, include: &Include<'_>) -> Self {
        let mut conf = Self::default();
        conf.add(text, &mut DEFAULT_SECTION.to_owned(), include, 0);
        conf
    }

    /// Adds a text; `section` is the one that is open before and after it.
    fn add(&mut self, text: &str, section: &mut String, include: &Include<'_>, depth: usize) {
        for line in joined_lines(text.trim_start_matches('\u{feff}')) {
            let line = without_comment(&line).trim();
            if let Some(name) = line
                .strip_prefix('[')
                .and_then(|rest| rest.strip_suffix(']'))
            {
                name.trim().clone_into(section);
            } else if let Some(path) = included(line) {
                let path = self.expand(section, path).unwrap_or_default();
                if depth == MAX_INCLUDE_DEPTH || self.includes == MAX_INCLUDES {
                    continue;
                }
                self.includes += 1;
                for text in include(&path) {
                    self.add(&text, section, include, depth + 1);
                }
            } else if let Some((name, value)) = line.split_once('=') {
                // `section::name = value` sets a value elsewhere.
                let name = name.trim();
                let (target, name) = name.split_once("::").unwrap_or((section, name));
                if let Some(value) = self.expand(section, value.trim()) {
                    self.keep(target, name, value);
                }
            }
        }
    }

    /// Keeps a value, unless what is kept would be too much.
    fn keep(&mut self, section: &str, name: &str, value: String) {
        let bytes = section.len() + name.len() + value.len();
        if self.kept_bytes + bytes > MAX_KEPT_BYTES {
            return;
        }
        self.kept_bytes += bytes;
        self.sections
            .entry(section.to_owned())
            .or_default()
            .insert(name.to_owned(), value);
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

/// The path of a line `.include PATH` or `.include = PATH`.
fn included(line: &str) -> Option<&str> {
    let rest = line.strip_prefix(".include")?;
    let rest = rest.trim_start();
    Some(rest.strip_prefix('=').unwrap_or(rest).trim())
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
    fn includes_what_it_is_given() {
        let texts = |path: &str| match path {
            "one" => vec!["x = 1\n[b]\n".to_owned()],
            "both" => vec!["y = 1\n".to_owned(), "z = 2\n".to_owned()],
            "itself" => vec![".include itself\n.include itself\nw = 1\n".to_owned()],
            _ => Vec::new(),
        };
        let text =
            "n = one\n[a]\n.include $n\ny = 2\n.include = both\n.include itself\n.include no\n";
        let conf = OpensslConf::read_with(text, &texts);
        let want = [
            ("a", "x", Some("1")),
            ("b", "y", Some("1")),
            ("b", "z", Some("2")),
            ("b", "w", Some("1")),
        ];
        for (section, name, value) in want {
            assert_eq!(conf.get(section, name), value, "{section} {name}");
        }
        assert!(conf.includes <= MAX_INCLUDES);
        check("[a]\n.include x\ny = 1\n", "a", "y", Some("1"));
    }

    #[test]
    fn many_values_do_not_grow_without_end() {
        let long = "v".repeat(MAX_VALUE_BYTES - 1);
        let mut text = format!("a={long}\n");
        for number in 0..50_000 {
            text.push_str(&format!("b{number}=$a\n"));
        }
        let conf = OpensslConf::read(&text);
        let kept = conf.sections.values().flat_map(BTreeMap::iter);
        let bytes: usize = kept.map(|(name, value)| name.len() + value.len()).sum();
        assert!(bytes <= MAX_KEPT_BYTES, "{bytes}");
        assert_eq!(conf.get("", "a"), Some(&*long));
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
