//! What a constant comes to, as a person reads it: `24 KiB`, `10 s`, `250,000`.
//!
//! Sums, products, shifts, times and other constants; of `if cfg!(fuzzing)` what is built for use. Invariant: what is not
//! understood is shown as it is written, never guessed.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use super::constant::Constant;

/// Constants that name constants; more would be a circle.
const DEPTH_LIMIT: usize = 8;

/// Octets in a KiB and a MiB.
const KIB: u64 = 1024;
const MIB: u64 = 1024 * KIB;

/// A number, or a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Value {
    Number(u64),
    Milliseconds(u64),
}

/// The value of a constant, in words.
pub(super) fn shown(constant: &Constant, all: &[Constant]) -> String {
    match value(constant, all, 0) {
        Some(Value::Number(number)) if is_size(constant) => size(number),
        Some(Value::Number(number)) => grouped(number),
        Some(Value::Milliseconds(time)) => duration(time),
        None => format!("`{}`", constant.value),
    }
}

fn is_size(constant: &Constant) -> bool {
    let sized = ["BYTES", "OCTETS", "FILE"];
    let words = constant.meaning.to_lowercase();
    sized.iter().any(|word| constant.name.contains(word))
        && (words.contains("byte") || words.contains("octet") || constant.name.contains("BYTES"))
}

fn value(constant: &Constant, all: &[Constant], depth: usize) -> Option<Value> {
    if depth > DEPTH_LIMIT {
        return None;
    }
    let tokens: Vec<TokenTree> = constant
        .value
        .parse::<TokenStream>()
        .ok()?
        .into_iter()
        .collect();
    let mut reader = Reader {
        tokens: &tokens,
        constant,
        all,
        depth,
    };
    let value = reader.shift()?;
    reader.tokens.is_empty().then_some(value)
}

/// A reader of one expression, from its start to its end.
struct Reader<'a> {
    tokens: &'a [TokenTree],
    constant: &'a Constant,
    all: &'a [Constant],
    depth: usize,
}

impl Reader<'_> {
    fn shift(&mut self) -> Option<Value> {
        let mut left = self.sum()?;
        while self.takes('<') && self.takes('<') {
            let right = self.sum()?;
            left = numbers(left, right, |a, b| a.checked_shl(u32::try_from(b).ok()?))?;
        }
        Some(left)
    }

    fn sum(&mut self) -> Option<Value> {
        let mut left = self.product()?;
        loop {
            if self.takes('+') {
                left = numbers(left, self.product()?, u64::checked_add)?;
            } else if self.takes('-') {
                left = numbers(left, self.product()?, u64::checked_sub)?;
            } else {
                return Some(left);
            }
        }
    }

    fn product(&mut self) -> Option<Value> {
        let mut left = self.atom()?;
        loop {
            if self.takes('*') {
                left = numbers(left, self.atom()?, u64::checked_mul)?;
            } else if self.takes('/') {
                left = numbers(left, self.atom()?, u64::checked_div)?;
            } else {
                return Some(left);
            }
        }
    }

    /// Whether the next is this sign, which is passed then.
    fn takes(&mut self, sign: char) -> bool {
        match self.tokens.split_first() {
            Some((TokenTree::Punct(punct), rest)) if punct.as_char() == sign => {
                self.tokens = rest;
                true
            }
            Some(_) | None => false,
        }
    }

    fn atom(&mut self) -> Option<Value> {
        let (first, rest) = self.tokens.split_first()?;
        match first {
            TokenTree::Literal(literal) => {
                self.tokens = rest;
                number(&literal.to_string()).map(Value::Number)
            }
            TokenTree::Group(group) => {
                self.tokens = rest;
                self.inner(group.stream())
            }
            TokenTree::Ident(word) if *word == "if" => self.otherwise(),
            TokenTree::Ident(_) => self.path(),
            TokenTree::Punct(_) => None,
        }
    }

    fn inner(&self, stream: TokenStream) -> Option<Value> {
        let tokens: Vec<TokenTree> = stream.into_iter().collect();
        let mut reader = Reader {
            tokens: &tokens,
            ..*self
        };
        let value = reader.shift()?;
        reader.tokens.is_empty().then_some(value)
    }

    /// `if cfg!(fuzzing) { A } else { B }`: B.
    fn otherwise(&mut self) -> Option<Value> {
        let (last, before) = self.tokens.split_last()?;
        let is_fuzzing = before.iter().any(|token| token.to_string() == "(fuzzing)");
        let TokenTree::Group(group) = last else {
            return None;
        };
        if !is_fuzzing || group.delimiter() != Delimiter::Brace {
            return None;
        }
        self.tokens = &[];
        self.inner(group.stream())
    }

    /// Another constant, or a time.
    fn path(&mut self) -> Option<Value> {
        let mut words = Vec::new();
        while let Some((TokenTree::Ident(word), rest)) = self.tokens.split_first() {
            words.push(word.to_string());
            self.tokens = rest;
            if !(self.takes(':') && self.takes(':')) {
                break;
            }
        }
        if let Some((TokenTree::Group(group), rest)) = self.tokens.split_first() {
            self.tokens = rest;
            let Value::Number(count) = self.inner(group.stream())? else {
                return None;
            };
            return match words.last()?.as_str() {
                "from_secs" => count.checked_mul(1000).map(Value::Milliseconds),
                "from_millis" => Some(Value::Milliseconds(count)),
                _ => None,
            };
        }
        value(self.named(&words)?, self.all, self.depth + 1)
    }

    /// The constant that a path names: of this file, else of the module and crate that the path says.
    fn named(&self, words: &[String]) -> Option<&Constant> {
        let (name, before) = words.split_last()?;
        let crate_name = before
            .first()
            .and_then(|word| word.strip_prefix("trustpack_"));
        let crate_name = crate_name.map_or_else(
            || self.constant.crate_name.clone(),
            |word| word.replace('_', "-"),
        );
        let module = before.last().map(String::as_str);
        let mut found: Vec<&Constant> = self
            .all
            .iter()
            .filter(|one| one.name == *name && one.crate_name == crate_name)
            .filter(|one| match module {
                Some(module) => one.file.contains(&format!("/{module}")),
                None => true,
            })
            .collect();
        if let Some(here) = found.iter().find(|one| one.file == self.constant.file) {
            return Some(here);
        }
        let one = found.pop()?;
        found.is_empty().then_some(one)
    }
}

fn numbers(left: Value, right: Value, act: impl Fn(u64, u64) -> Option<u64>) -> Option<Value> {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => act(left, right).map(Value::Number),
        (Value::Number(_) | Value::Milliseconds(_), _) => None,
    }
}

/// A whole number in decimal digits, as Rust writes it.
fn number(literal: &str) -> Option<u64> {
    literal.replace('_', "").parse().ok()
}

fn size(octets: u64) -> String {
    if octets >= MIB && octets.is_multiple_of(MIB) {
        format!("{} MiB", grouped(octets / MIB))
    } else if octets >= KIB && octets.is_multiple_of(KIB) {
        format!("{} KiB", octets / KIB)
    } else {
        format!("{} bytes", grouped(octets))
    }
}

fn duration(milliseconds: u64) -> String {
    let units = [(3_600_000, "h"), (60_000, "min"), (1000, "s")];
    let unit = units
        .into_iter()
        .find(|(unit, _)| milliseconds >= *unit && milliseconds.is_multiple_of(*unit));
    match unit {
        Some((unit, name)) => format!("{} {name}", milliseconds / unit),
        None => format!("{milliseconds} ms"),
    }
}

/// With commas between thousands.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::constant::all;
    use super::shown;

    #[track_caller]
    fn check(kind: &str, value: &str, want: &str) {
        let text =
            format!("/// Bytes.\nconst MAX_BYTES: {kind} = {value};\nconst OTHER: usize = 7;\n");
        let constants = all("x", "f.rs", &text);
        let first = constants.first().expect("a constant");
        assert_eq!(shown(first, &constants), want);
    }

    #[test]
    fn values_are_what_the_compiler_makes_of_them() {
        check("usize", "24 * 1024", "24 KiB");
        check("usize", "64 * 1024 - 1", "65,535 bytes");
        check("usize", "1 << 14", "16 KiB");
        check("usize", "512 << 20", "512 MiB");
        check("usize", "OTHER + 2", "9 bytes");
        check("usize", "(2 + 3) * 2", "10 bytes");
        check(
            "u64",
            "if cfg!(fuzzing) { 1_000 } else { 20_000 }",
            "20,000 bytes",
        );
        check("Duration", "Duration::from_secs(5 * 60)", "5 min");
        check("Duration", "Duration::from_millis(1500)", "1500 ms");
        check("u32", "f(x, 1)", "`f(x, 1)`");
    }
}
