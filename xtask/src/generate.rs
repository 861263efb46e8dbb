//! `cargo xtask generate`: the pages of `docs/reference` that the code itself can write.
//!
//! Each page is a pure function of one definition in the code (the options table, the register of findings) or of
//! what the built program says of itself. Invariant: the same code gives the same bytes on every machine.

use std::io::Write;
use std::path::Path;

use anyhow::Context as _;

use crate::Outcome;
use crate::metadata::Metadata;

mod c_interface;
mod commands;
mod difference;
mod findings;
mod formats;
mod limits;
mod lint_rules;
mod metrics;
mod options;
mod outputs;
mod targets;

/// What to do with the pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Write them.
    Write,
    /// Compare them with what is there.
    Check,
}

/// One generated file.
struct Page {
    /// Relative to the root of the workspace.
    path: &'static str,
    text: String,
}

/// Writes or compares every page.
///
/// # Errors
///
/// When the program cannot be built or asked, or a page cannot be read or written.
pub(crate) fn run(metadata: &Metadata, mode: Mode, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let pages = pages(metadata)?;
    let mut outcome = Outcome::InOrder;
    for page in &pages {
        let path = metadata.workspace_root.join(page.path);
        let old = read_if_there(&path)?;
        if old.as_deref() == Some(&page.text) {
            continue;
        }
        match mode {
            Mode::Write => {
                write(&path, &page.text)?;
                writeln!(out, "generate: wrote {}", page.path)?;
            }
            Mode::Check => {
                outcome = Outcome::OutOfOrder;
                writeln!(out, "generate: {} is not what the code says:", page.path)?;
                write!(
                    out,
                    "{}",
                    difference::unified(&old.unwrap_or_default(), &page.text)
                )?;
            }
        }
    }
    match outcome {
        Outcome::InOrder => writeln!(
            out,
            "generate: {} pages are what the code says",
            pages.len()
        )?,
        Outcome::OutOfOrder => writeln!(
            out,
            "generate: run `cargo xtask generate`, and read what changed"
        )?,
    }
    Ok(outcome)
}

fn pages(metadata: &Metadata) -> anyhow::Result<Vec<Page>> {
    let program = commands::program(metadata)?;
    let printed = |words: &[&str]| outputs::of(&program, &metadata.workspace_root, words);
    Ok(vec![
        Page {
            path: "docs/reference/options.md",
            text: options::page()?,
        },
        Page {
            path: "docs/reference/findings.md",
            text: findings::page()?,
        },
        Page {
            path: "docs/reference/lint-rules.md",
            text: lint_rules::page()?,
        },
        Page {
            path: "docs/reference/formats.md",
            text: formats::page(),
        },
        Page {
            path: "docs/reference/targets.md",
            text: targets::page()?,
        },
        Page {
            path: "docs/reference/c-interface.md",
            text: c_interface::page(&metadata.workspace_root)?,
        },
        Page {
            path: "docs/reference/limits.md",
            text: limits::page(&metadata.workspace_root)?,
        },
        Page {
            path: "docs/reference/metrics.md",
            text: metrics::page()?,
        },
        Page {
            path: "docs/reference/commands.md",
            text: commands::page(&program)?,
        },
        Page {
            path: "docs/reference/fleet.schema.json",
            text: printed(&["fleet", "schema"])?,
        },
        Page {
            path: "examples/contact-centre/map.svg",
            text: printed(&["fleet", "matrix", "--svg", "-", "examples/contact-centre"])?,
        },
    ])
}

fn read_if_there(path: &Path) -> anyhow::Result<Option<String>> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("cannot make {}", folder.display()))?;
    }
    std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

/// The line at the top of each page.
const NOTICE: &str =
    "<!-- Written by `cargo xtask generate`. Change the code, not this page. -->\n\n";

/// One cell of a Markdown table: no line breaks, and a bar is a bar.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use trustpack_settings::options::OPTIONS;

    use super::{findings, limits, options};

    fn root() -> &'static Path {
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
    }

    /// The page that is there, which is what the code says of itself.
    #[track_caller]
    fn page(name: &str, generated: &str) -> String {
        let path = root().join("docs/reference").join(name);
        let page = std::fs::read_to_string(path).expect("the page");
        assert!(page == generated, "{name}: run `cargo xtask generate`");
        page
    }

    #[test]
    fn every_option_has_its_section() {
        let page = page("options.md", &options::page().expect("a page"));
        for row in &OPTIONS {
            let heading = format!("\n## {}\n", row.name);
            assert!(page.contains(&heading), "{heading}");
        }
    }

    /// A finding that no register has would be shown by a command and stand on no page.
    #[test]
    fn every_code_in_the_sources_has_its_section() {
        let page = page("findings.md", &findings::page().expect("a page"));
        let mut looked_at = 0;
        for text in limits::texts(root()).expect("the sources") {
            let text = text.split("#[cfg(test)]").next().unwrap_or_default();
            for after in text.split("code: Code::new(").skip(1) {
                let number = after.split(')').next().unwrap_or_default();
                let heading = format!("\n## TP{number:0>4}\n");
                assert!(page.contains(&heading), "no section for TP{number}");
                looked_at += 1;
            }
        }
        assert!(
            looked_at > 100,
            "the codes are written otherwise: {looked_at}"
        );
    }
}
