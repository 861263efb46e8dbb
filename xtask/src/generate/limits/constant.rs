//! Constants of a source file with their documentation, as text.
//!
//! Not a parser of Rust: an item `const NAME: TYPE = VALUE;` at the start of a line is one, inside of functions too. Invariant: the
//! documentation of a constant is the `///` lines right above it, attributes aside.

/// One constant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Constant {
    /// The folder of its crate.
    pub(super) crate_name: String,
    /// The file, relative to the root.
    pub(super) file: String,
    pub(super) name: String,
    /// Its type, as written.
    pub(super) kind: String,
    /// The expression, as written.
    pub(super) value: String,
    /// What the documentation says before the source.
    pub(super) meaning: String,
    /// What stands behind `Source:`; empty without.
    pub(super) source: String,
}

/// The constants of a file; what follows its tests is none.
pub(super) fn all(crate_name: &str, file: &str, text: &str) -> Vec<Constant> {
    let text = text.split("#[cfg(test)]").next().unwrap_or_default();
    let mut found = Vec::new();
    let mut documentation: Vec<&str> = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let line = line.trim();
        if let Some(words) = line.strip_prefix("///") {
            documentation.push(words.trim());
        } else if let Some(head) = head(line) {
            let mut item = head.to_owned();
            while !item.ends_with(';') {
                let Some(more) = lines.next() else { break };
                item.push(' ');
                item.push_str(more.trim());
            }
            found.extend(constant(crate_name, file, &item, &documentation));
            documentation.clear();
        } else if !line.starts_with("#[") {
            documentation.clear();
        }
    }
    found
}

/// What stands behind `const`, whoever may see it.
fn head(line: &str) -> Option<&str> {
    let line = match line.strip_prefix("pub") {
        Some(rest) if rest.starts_with('(') => rest.split_once(") ")?.1,
        Some(rest) => rest.trim_start(),
        None => line,
    };
    let rest = line.strip_prefix("const ")?;
    rest.starts_with(|c: char| c.is_ascii_uppercase())
        .then_some(rest)
}

fn constant(crate_name: &str, file: &str, item: &str, lines: &[&str]) -> Option<Constant> {
    let (name, rest) = item.split_once(':')?;
    let (kind, value) = rest.split_once('=')?;
    let documentation = lines.join(" ").replace("[`", "`").replace("`]", "`");
    let (meaning, source) = match documentation.split_once("Source:") {
        Some((meaning, source)) => (meaning, source),
        None => (documentation.as_str(), ""),
    };
    Some(Constant {
        crate_name: crate_name.to_owned(),
        file: file.to_owned(),
        name: name.trim().to_owned(),
        kind: kind.trim().to_owned(),
        value: value.trim().trim_end_matches(';').to_owned(),
        meaning: meaning.trim().trim_end_matches('.').to_owned(),
        source: source.trim().trim_end_matches('.').to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::all;

    #[test]
    fn finds_constants_with_what_is_said_of_them() {
        let text = "use x;\n/// Lost words.\n\n/// Octets of a [`File`].\n///\n/// Source: ours.\n#[expect(dead_code)]\npub(super) const MAX_A: usize =\n    24 * 1024;\nconst B: Duration = Duration::from_secs(1);\nconst fn c() {}\n";
        let found = all("x", "f.rs", text);
        let told: Vec<[&str; 5]> = found
            .iter()
            .map(|one| {
                [&one.name, &one.kind, &one.value, &one.meaning, &one.source].map(String::as_str)
            })
            .collect();
        assert_eq!(
            told,
            [
                ["MAX_A", "usize", "24 * 1024", "Octets of a `File`", "ours"],
                ["B", "Duration", "Duration::from_secs(1)", "", ""],
            ]
        );
    }
}
