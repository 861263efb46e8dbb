//! Tokens of Rust, one after the other, with a look at the next ones.
//!
//! Not a parser: it knows where an item or a `use` ends, and `::`. Invariant: what is taken is gone, what is only
//! looked at stays.

use std::collections::VecDeque;

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// Tokens with a look at the next ones.
pub(super) struct Tokens {
    tokens: VecDeque<TokenTree>,
}

impl Tokens {
    pub(super) fn new(tokens: TokenStream) -> Self {
        Self {
            tokens: tokens.into_iter().collect(),
        }
    }

    pub(super) fn next(&mut self) -> Option<TokenTree> {
        self.tokens.pop_front()
    }

    pub(super) fn peek(&self) -> Option<&TokenTree> {
        self.tokens.front()
    }

    pub(super) fn take_punct(&mut self, wanted: char) -> bool {
        let is_next =
            matches!(self.peek(), Some(TokenTree::Punct(punct)) if punct.as_char() == wanted);
        if is_next {
            self.next();
        }
        is_next
    }

    pub(super) fn take_group(&mut self, delimiter: Delimiter) -> Option<Group> {
        match self.peek() {
            Some(TokenTree::Group(group)) if group.delimiter() == delimiter => {
                let group = group.clone();
                self.next();
                Some(group)
            }
            Some(_) | None => None,
        }
    }

    /// The segment after `::`, if that is what comes.
    pub(super) fn next_segment(&mut self) -> Option<String> {
        let is_colon = |token: Option<&TokenTree>| matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == ':');
        let Some(TokenTree::Ident(name)) = self.tokens.get(2) else {
            return None;
        };
        if !is_colon(self.tokens.front()) || !is_colon(self.tokens.get(1)) {
            return None;
        }
        let name = plain(&name.to_string());
        self.tokens.drain(..3);
        Some(name)
    }

    pub(super) fn until_semicolon(&mut self) -> TokenStream {
        let mut taken = Vec::new();
        while let Some(token) = self.next() {
            if matches!(&token, TokenTree::Punct(punct) if punct.as_char() == ';') {
                break;
            }
            taken.push(token);
        }
        taken.into_iter().collect()
    }

    /// One item after its attributes: up to its braces or its semicolon.
    pub(super) fn item(&mut self) -> Vec<TokenTree> {
        let mut taken = Vec::new();
        while let Some(token) = self.next() {
            let ends = match &token {
                TokenTree::Punct(punct) => punct.as_char() == ';',
                TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
                TokenTree::Ident(_) | TokenTree::Literal(_) => false,
            };
            taken.push(token);
            if ends {
                break;
            }
        }
        taken
    }
}

/// A name without the mark of a raw identifier.
pub(super) fn plain(name: &str) -> String {
    name.strip_prefix("r#").unwrap_or(name).to_owned()
}
