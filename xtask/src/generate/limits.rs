//! The page of limits: every named constant of the shipped crates that bounds something, with its value and its reason.
//!
//! A limit is what stands in a `limits.rs`, what is called `MAX_...` or `MIN_...`, and each time that has a `Source:`. How much
//! of something is shown is none. Invariant: a limit without a word of documentation is an error, not a gap.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use super::{NOTICE, cell};

mod constant;
mod value;

use constant::Constant;

/// The crates in the order of the page, and what their limits are about.
const CRATES: [(&str, &str); 15] = [
    ("tls", "Handshakes and sessions"),
    ("tunnel", "Tunnels"),
    ("judge", "Judge"),
    ("material", "Files that an endpoint names"),
    ("keystore", "Files with keys and certificates"),
    ("x509", "Certificates, requests and lists"),
    ("settings", "Fleet files and settings"),
    ("probe", "Probe"),
    ("ca", "What is issued"),
    ("ca-directory", "CA directories"),
    ("bundle", "Bundles"),
    ("capi", "C library"),
    ("rsa-legacy", "Old RSA"),
    ("heap", "Memory"),
    ("cli", "Command line"),
];

/// Crates that are not shipped.
const SUPPORT: [&str; 2] = ["e2e", "mutations"];

/// Words in the names of constants that say how much is shown, which keeps nobody out.
const SHOWN: [&str; 10] = [
    "SHOWN",
    "NAMED",
    "LISTED",
    "QUOTED",
    "MARKS",
    "EXCERPT",
    "STACK",
    "TEXT",
    "GRID",
    "BEGINNINGS",
];

const INTRODUCTION: &str = "\
# Limits

What a file, a peer or a command line can make Trustpack do is bounded, and each bound is a named constant with a reason. What goes
beyond is refused by name, not cut off. They are not options: those have [a page of their own](options.md), and what a tunnel can be told
otherwise stands with [its flags](commands.md#trustpack-tunnel-run). Besides these, a message of a handshake has at most 64 KiB.
";

/// The whole page.
///
/// # Errors
///
/// When sources cannot be read, a crate is in no section, or a limit says nothing about itself.
pub(super) fn page(root: &Path) -> anyhow::Result<String> {
    let mut page = String::from(NOTICE);
    page.push_str(INTRODUCTION);
    let constants = constants(root)?;
    let silent: Vec<String> = constants
        .iter()
        .filter(|constant| is_limit(constant) && constant.meaning.is_empty())
        .map(|constant| format!("{} in {}", constant.name, constant.file))
        .collect();
    if !silent.is_empty() {
        bail!(
            "limits that say nothing about themselves: {}",
            silent.join(", ")
        );
    }
    for (name, title) in CRATES {
        let limits: Vec<&Constant> = constants
            .iter()
            .filter(|constant| constant.crate_name == name && is_limit(constant))
            .collect();
        if limits.is_empty() {
            continue;
        }
        write!(
            page,
            "\n## {title}\n\n| what | value | source | constant |\n| --- | --- | --- | --- |\n"
        )?;
        for limit in limits {
            writeln!(
                page,
                "| {} | {} | {} | `{}` in {} |",
                cell(&limit.meaning),
                cell(&value::shown(limit, &constants)),
                cell(&limit.source),
                limit.name,
                module(&limit.file)
            )?;
        }
    }
    Ok(page)
}

/// The file below the sources of its crate, without its ending.
fn module(file: &str) -> &str {
    let file = file.split_once("/src/").map_or(file, |(_, file)| file);
    file.strip_suffix(".rs").unwrap_or(file)
}

fn is_limit(constant: &Constant) -> bool {
    let name = constant.name.as_str();
    let is_shown = SHOWN.iter().any(|word| name.contains(word));
    let is_time = constant.kind.ends_with("Duration") && !constant.source.is_empty();
    let is_bound = name.starts_with("MAX_") || name.starts_with("MIN_");
    let in_limits = constant.file.ends_with("/limits.rs");
    !is_shown && (is_time || is_bound || in_limits)
}

/// The constants of every shipped crate, in the order of files and lines.
fn constants(root: &Path) -> anyhow::Result<Vec<Constant>> {
    let crates = root.join("crates");
    let mut found = Vec::new();
    for folder in entries(&crates)? {
        let name = folder
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if SUPPORT.contains(&name.as_str()) || !folder.is_dir() {
            continue;
        }
        if !CRATES.iter().any(|(known, _)| *known == name) {
            bail!("the crate {name} has no section on the page of limits; add it to CRATES");
        }
        for file in sources(&folder.join("src"))? {
            let text = std::fs::read_to_string(&file)
                .with_context(|| format!("cannot read {}", file.display()))?;
            let place = file.strip_prefix(root).unwrap_or(&file);
            found.extend(constant::all(&name, &place.to_string_lossy(), &text));
        }
    }
    Ok(found)
}

/// The text of every source file of the shipped crates, for tests of other pages.
#[cfg(test)]
pub(super) fn texts(root: &Path) -> anyhow::Result<Vec<String>> {
    let mut texts = Vec::new();
    for (name, _) in CRATES {
        let folder = root.join("crates").join(name).join("src");
        if folder.is_dir() {
            for file in sources(&folder)? {
                texts.push(std::fs::read_to_string(file)?);
            }
        }
    }
    Ok(texts)
}

/// The Rust files below a folder that are no tests, in order.
fn sources(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for path in entries(folder)? {
        let is_tests = path.file_stem().is_some_and(|stem| stem == "tests");
        if path.is_dir() && !is_tests {
            found.extend(sources(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "rs") && !is_tests {
            found.push(path);
        }
    }
    Ok(found)
}

fn entries(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let entries =
        std::fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?;
    let mut paths = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()?;
    paths.sort();
    Ok(paths)
}
