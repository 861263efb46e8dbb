//! What a source file mentions: the paths it names, as far as its own imports tell where they lead.
//!
//! A reader of tokens, not of Rust: it knows `use` trees, `::`, `.` and `#[cfg(test)]`, and nothing of scopes,
//! so an import counts in its whole file. Invariant: what it gives up on it still reports, as it was written.

use std::collections::BTreeMap;
use std::str::FromStr as _;

use anyhow::anyhow;
use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

use super::tokens::{Tokens, plain};

/// One path, method or word of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mention {
    /// The path in full; `*` at the end for a glob.
    pub(super) segments: Vec<String>,
    /// The line where it starts, from 1.
    pub(super) line: usize,
    /// It follows a dot: a method, known by its name only.
    pub(super) is_method: bool,
}

/// What one file mentions outside of its tests.
#[derive(Debug, Default)]
pub(super) struct Source {
    pub(super) mentions: Vec<Mention>,
    /// Names of modules in files of their own that are compiled for tests only.
    pub(super) test_modules: Vec<String>,
    /// Files that such modules name with `#[path = "..."]`.
    pub(super) test_files: Vec<String>,
}

impl Mention {
    /// As a reader would write it.
    pub(super) fn text(&self) -> String {
        let path = self.segments.join("::");
        if self.is_method {
            format!(".{path}()")
        } else {
            path
        }
    }
}

impl Source {
    /// Reads one file.
    ///
    /// # Errors
    ///
    /// When the text is no sequence of Rust tokens.
    pub(super) fn parse(text: &str) -> anyhow::Result<Self> {
        let tokens = TokenStream::from_str(text).map_err(|error| anyhow!("{error}"))?;
        let mut source = Self::default();
        let mut imports = BTreeMap::new();
        source.read(tokens, &mut imports);
        for mention in source
            .mentions
            .iter_mut()
            .filter(|mention| !mention.is_method)
        {
            resolve(mention, &imports);
        }
        Ok(source)
    }

    fn read(&mut self, tokens: TokenStream, imports: &mut BTreeMap<String, Vec<String>>) {
        let mut rest = Tokens::new(tokens);
        while let Some(token) = rest.next() {
            match token {
                TokenTree::Punct(hash) if hash.as_char() == '#' => {
                    self.read_attribute(&mut rest, imports);
                }
                TokenTree::Punct(dot) if dot.as_char() == '.' => self.read_after_dot(&mut rest),
                TokenTree::Ident(word) if word == "use" => {
                    let tree: TokenStream = rest.until_semicolon();
                    self.read_use(&mut Tokens::new(tree), &[], imports);
                }
                TokenTree::Ident(word) => {
                    let line = word.span().start().line;
                    let mut segments = vec![plain(&word.to_string())];
                    while let Some(segment) = rest.next_segment() {
                        segments.push(segment);
                    }
                    self.mentions.push(Mention {
                        segments,
                        line,
                        is_method: false,
                    });
                }
                TokenTree::Group(group) => self.read(group.stream(), imports),
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
        }
    }

    /// After `#`: an item for tests is passed over, with a note of the file that it may stand for.
    fn read_attribute(&mut self, rest: &mut Tokens, imports: &mut BTreeMap<String, Vec<String>>) {
        let inner = rest.take_punct('!');
        let Some(attribute) = rest.take_group(Delimiter::Bracket) else {
            return;
        };
        if inner || !is_for_tests(&attribute) {
            self.read(attribute.stream(), imports);
            return;
        }
        let mut file = None;
        while rest.take_punct('#') {
            file = rest
                .take_group(Delimiter::Bracket)
                .and_then(|attribute| path_attribute(&attribute))
                .or(file);
        }
        let item = rest.item();
        let words: Vec<String> = item.iter().map(ToString::to_string).collect();
        if item.iter().any(|token| matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace)) {
            return;
        }
        let name = words
            .iter()
            .skip_while(|word| *word != "mod")
            .nth(1)
            .cloned();
        match file {
            Some(file) => self.test_files.push(file),
            None => self.test_modules.extend(name),
        }
    }

    fn read_after_dot(&mut self, rest: &mut Tokens) {
        if rest.take_punct('.') {
            return; // a range: what follows is read as what it is
        }
        if let Some(TokenTree::Ident(name)) = rest.peek().cloned() {
            rest.next();
            let line = name.span().start().line;
            self.mentions.push(Mention {
                segments: vec![plain(&name.to_string())],
                line,
                is_method: true,
            });
        }
    }

    /// One branch of a `use`, below `start`; a comma begins the next.
    fn read_use(
        &mut self,
        rest: &mut Tokens,
        start: &[String],
        imports: &mut BTreeMap<String, Vec<String>>,
    ) {
        let mut segments = start.to_vec();
        let mut line = None;
        let mut alias = None;
        while let Some(token) = rest.next() {
            match token {
                TokenTree::Punct(comma) if comma.as_char() == ',' => {
                    self.finish_use(
                        std::mem::replace(&mut segments, start.to_vec()),
                        line.take(),
                        alias.take(),
                        imports,
                    );
                }
                TokenTree::Punct(star) if star.as_char() == '*' => {
                    line = line.or_else(|| Some(star.span().start().line));
                    segments.push("*".to_owned());
                }
                TokenTree::Ident(word) if word == "as" => {
                    alias = rest.next().map(|name| plain(&name.to_string()));
                }
                TokenTree::Ident(word) => {
                    line = line.or_else(|| Some(word.span().start().line));
                    if word != "self" || segments.is_empty() {
                        segments.push(plain(&word.to_string()));
                    }
                }
                TokenTree::Group(group) => {
                    self.read_use(&mut Tokens::new(group.stream()), &segments, imports);
                    line = None;
                    segments = start.to_vec();
                }
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
        }
        self.finish_use(segments, line, alias, imports);
    }

    fn finish_use(
        &mut self,
        segments: Vec<String>,
        line: Option<usize>,
        alias: Option<String>,
        imports: &mut BTreeMap<String, Vec<String>>,
    ) {
        let (Some(line), Some(last)) = (line, segments.last()) else {
            return;
        };
        imports.insert(alias.unwrap_or_else(|| last.clone()), segments.clone());
        self.mentions.push(Mention {
            segments,
            line,
            is_method: false,
        });
    }
}

/// Puts what an import says in the place of a path's first segment, as often as imports lead on.
fn resolve(mention: &mut Mention, imports: &BTreeMap<String, Vec<String>>) {
    // `use a::b; use b::a;` leads round and round; no file has a longer chain for a reason.
    const LONGEST_CHAIN: usize = 8;
    for _ in 0..LONGEST_CHAIN {
        let Some((first, rest)) = mention.segments.split_first() else {
            return;
        };
        let Some(full) = imports.get(first) else {
            return;
        };
        if full.first() == Some(first) {
            return;
        }
        mention.segments = full.iter().chain(rest).cloned().collect();
    }
}

/// `cfg(test)`, also inside of `all`, and `test` itself; not `not(test)` and not `cfg_attr`.
fn is_for_tests(attribute: &Group) -> bool {
    let text: String = attribute.stream().to_string().split_whitespace().collect();
    let inside = text
        .strip_prefix("cfg(")
        .and_then(|rest| rest.strip_suffix(')'));
    let terms = inside.map(|inside| {
        inside
            .strip_prefix("all(")
            .and_then(|rest| rest.strip_suffix(')'))
            .unwrap_or(inside)
    });
    text == "test" || terms.is_some_and(|terms| terms.split(',').any(|term| term == "test"))
}

/// The file of `#[path = "..."]`.
fn path_attribute(attribute: &Group) -> Option<String> {
    let text = attribute.stream().to_string();
    let value = text.strip_prefix("path")?.trim_start().strip_prefix('=')?;
    Some(value.trim().trim_matches('"').to_owned())
}
