//! The page of the C interface: from the header, which is the documentation of every function.
//!
//! The header has sections (`/* --- NAME ---`), and a comment `/** ... */` before each type, enum, number and function.
//! Invariant: a function without a word about it is an error, not a gap.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context as _, bail};

use super::{NOTICE, cell};

const HEADER: &str = "crates/capi/include/trustpack.h";

/// A comment of the header, and what follows it up to the next.
struct Part<'h> {
    comment: &'h str,
    code: &'h str,
}

pub(super) fn page(root: &Path) -> anyhow::Result<String> {
    let path = root.join(HEADER);
    let header = std::fs::read_to_string(&path);
    let header = header.with_context(|| format!("cannot read {}", path.display()))?;
    let mut page = String::from("# C interface\n\n");
    page.push_str(NOTICE);
    writeln!(
        page,
        "What `trustpack.h` says, in its order. How to build and begin is in [the guide](../guides/c-library.md).\n"
    )?;
    let (opening, parts) = parts(&header)?;
    // The first line names the file.
    let words = text(opening);
    let (_, words) = words.split_once("\n\n").unwrap_or_default();
    page.push_str(words);
    page.push('\n');
    let mut table = Table::None;
    for part in parts {
        write_part(&mut page, &part, &mut table)?;
    }
    // What ends the last section ends the page too.
    Ok(format!("{}\n", page.trim_end()))
}

/// Whether the lines of an enum are being written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Table {
    None,
    Begun,
}

/// The first comment, and the parts after it.
fn parts(header: &str) -> anyhow::Result<(&str, Vec<Part<'_>>)> {
    let mut comments = Vec::new();
    let mut rest = header;
    while let Some((_, after)) = rest.split_once("/*") {
        let (comment, after) = after.split_once("*/").context("a comment without an end")?;
        let code = after.split("/*").next().unwrap_or_default();
        comments.push(Part { comment, code });
        rest = after;
    }
    let mut comments = comments.into_iter();
    let opening = comments.next().context("the header has no comment")?;
    Ok((opening.comment, comments.collect()))
}

fn write_part(page: &mut String, part: &Part<'_>, table: &mut Table) -> anyhow::Result<()> {
    let code = part.code.trim();
    if let Some(section) = part.comment.trim_start().strip_prefix("--- ") {
        let (name, words) = section.split_once('\n').unwrap_or((section, ""));
        writeln!(page, "\n## {}\n", name.trim_end_matches('-').trim())?;
        let words = text(words);
        if !words.is_empty() {
            writeln!(page, "{words}\n")?;
        }
        *table = Table::None;
    }
    let words = match part.comment.strip_prefix('*') {
        Some(words) => text(words),
        None => String::new(),
    };
    if let Some((name, number)) = enumerator(code) {
        if *table == Table::None {
            page.push_str("\n| name | number | meaning |\n| --- | --- | --- |\n");
            *table = Table::Begun;
        }
        writeln!(page, "| `{name}` | {number} | {} |", cell(&words))?;
        if !code.contains('}') {
            return Ok(());
        }
        *table = Table::None;
        // What follows an enum without a comment of its own.
        return Ok(());
    }
    *table = Table::None;
    if code == "enum {" {
        if !words.is_empty() {
            writeln!(page, "\n**{words}**")?;
        }
        return Ok(());
    }
    for declaration in declarations(code) {
        if words.is_empty() {
            if declaration.contains('(') {
                bail!("no comment stands before {declaration}");
            }
            writeln!(page, "```c\n{declaration}\n```\n")?;
            continue;
        }
        let title = title(&declaration);
        writeln!(
            page,
            "\n### `{title}`\n\n```c\n{declaration}\n```\n\n{words}"
        )?;
    }
    Ok(())
}

/// The name and number of a line of an enum.
fn enumerator(code: &str) -> Option<(&str, &str)> {
    let line = code.lines().next()?;
    let (name, number) = line.trim().trim_end_matches(',').split_once(" = ")?;
    name.starts_with("TRUSTPACK_").then_some((name, number))
}

/// The declarations in a piece of the header, without what is for the preprocessor alone.
fn declarations(code: &str) -> Vec<String> {
    let lines = code.lines().filter(|line| {
        let guard = [
            "#ifdef",
            "#ifndef",
            "#endif",
            "#include",
            "extern \"C\"",
            "}",
        ];
        !guard
            .iter()
            .any(|word| line.starts_with(word) && *line != "} trustpack_option;")
            && !line.starts_with("#define TRUSTPACK_H")
    });
    let mut found = Vec::new();
    let mut current = String::new();
    for line in lines.filter(|line| !line.trim().is_empty()) {
        if !current.is_empty() {
            current.push('\n');
        }
        current.push_str(line);
        let is_whole =
            line.ends_with(';') && !current.starts_with("typedef struct trustpack_option {");
        if is_whole || line.starts_with('#') || line == "} trustpack_option;" {
            found.push(std::mem::take(&mut current));
        }
    }
    found
}

/// The name that a declaration is about.
fn title(declaration: &str) -> &str {
    let word = |text: &str, at: usize| {
        let rest = text.get(at..).unwrap_or_default();
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        at..at + end.unwrap_or(rest.len())
    };
    let at = if declaration.starts_with('#') {
        declaration.find("TRUSTPACK_")
    } else if let Some(at) = declaration.find("(*trustpack_") {
        Some(at + 2)
    } else if let Some((before, _)) = declaration.split_once('(') {
        before.rfind("trustpack_")
    } else {
        declaration.rfind("trustpack_")
    };
    declaration
        .get(word(declaration, at.unwrap_or(0)))
        .unwrap_or(declaration)
}

/// The words of a comment: without its stars, and names of ours as code.
fn text(comment: &str) -> String {
    let lines = comment.lines().map(|line| {
        let line = line.trim();
        let line = line.strip_prefix('*').unwrap_or(line);
        line.strip_prefix(' ').unwrap_or(line)
    });
    let text: Vec<&str> = lines.collect();
    let text = text.join("\n");
    let mut marked = String::new();
    for (index, piece) in text.trim().split('`').enumerate() {
        if index > 0 {
            marked.push('`');
        }
        if index % 2 == 1 {
            marked.push_str(piece);
        } else {
            mark(piece, &mut marked);
        }
    }
    marked
}

/// Marks names of ours as code.
fn mark(piece: &str, into: &mut String) {
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '*' | '(' | ')' | '.');
    for word in piece.split_inclusive(|c: char| !is_name(c)) {
        let name = word
            .trim_end_matches(|c: char| !is_name(c))
            .trim_end_matches('.');
        let is_ours = ["trustpack_", "TRUSTPACK_"]
            .iter()
            .any(|start| name.starts_with(start));
        if is_ours {
            let name = name.trim_end_matches([')', '(']);
            let rest = word.get(name.len()..).unwrap_or_default();
            // The brackets of a function belong to it, one of a remark does not.
            let (brackets, rest) = match rest.strip_prefix("()") {
                Some(rest) => ("()", rest),
                None => ("", rest),
            };
            into.push_str(&format!("`{name}{brackets}`{rest}"));
        } else {
            into.push_str(word);
        }
    }
}
