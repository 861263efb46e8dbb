//! The book of this repository has no fault, and faults of each kind are named with their line.

use std::path::Path;

use super::{Fault, build};

/// The contents of a small book, and a page.
const CONTENTS: &str =
    "# Book\n\n## Guides\n\n| for | read |\n| --- | --- |\n| one | [one](guides/one.md) |\n";

/// Makes a tree of files, and its book beside them.
fn tree(files: &[(&str, &str)]) -> (tempfile::TempDir, Vec<Fault>) {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }
    let faults = build(folder.path(), &folder.path().join("book")).expect("readable files");
    (folder, faults)
}

fn page(folder: &Path, name: &str) -> String {
    std::fs::read_to_string(folder.join("book").join(name)).expect(name)
}

#[test]
fn the_book_of_this_repository_has_no_dead_link() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let folder = tempfile::tempdir().expect("a folder");
    let book = folder.path().join("book");
    let faults = build(&root, &book).expect("readable files");
    let faults: Vec<String> = faults
        .iter()
        .map(|fault| format!("{}:{}: {}", fault.file, fault.line, fault.what))
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    for name in ["index.html", "reference/findings.html", "README.html"] {
        assert!(book.join(name).is_file(), "{name}");
    }
}

#[test]
fn pages_have_navigation_anchors_and_links_within_the_book() {
    let one = "# One\n\nSee [below](#what-it-is), [code](../../src/a.rs), [top](../README.md), [all](../../examples) and [out](https://example.com/).\n\n## What `it` is\n\n![Picture](p.svg)\n\n## What it is\n";
    let (folder, faults) = tree(&[
        ("docs/README.md", CONTENTS),
        ("docs/guides/one.md", one),
        ("docs/guides/p.svg", "<svg/>"),
        ("examples/README.md", "# Examples\n"),
        ("src/a.rs", "fn a<T>() {}\n"),
    ]);
    assert_eq!(faults, []);
    let page = |name| page(folder.path(), name);
    let one = page("guides/one.html");
    for part in [
        "<h2 id=\"what-it-is\">What <code>it</code> is",
        "<h2 id=\"what-it-is-1\">What it is",
        "href=\"#what-it-is\"",
        "href=\"../guides/one.html\" aria-current=\"page\">One</a>",
        "href=\"../src/a.rs.html\"",
        "href=\"../examples/README.html\"",
        "href=\"../index.html\"",
        "<img src=\"../guides/p.svg\" alt=\"Picture\"",
        "href=\"https://example.com/\"",
    ] {
        assert!(one.contains(part), "no {part} in {one}");
    }
    assert!(page("src/a.rs.html").contains("fn a&lt;T&gt;() {}"));
    assert_eq!(page("guides/p.svg"), "<svg/>");
    assert!(
        page("search-index.js").contains("[\"What it is\",\"One\",\"guides/one.html#what-it-is\"]")
    );
}

/// A book whose one page has this text below its title.
#[track_caller]
fn check(text: &str, line: usize, what: &str) {
    let (folder, faults) = tree(&[
        ("docs/README.md", CONTENTS),
        ("docs/guides/one.md", &format!("# One\n\n{text}\n")),
        ("docs/guides/p.svg", "<svg/>"),
        ("empty/file.txt", ""),
    ]);
    let wanted = Fault {
        file: "docs/guides/one.md".to_owned(),
        line,
        what: what.to_owned(),
    };
    assert_eq!(faults, [wanted]);
    assert!(!folder.path().join("book").exists(), "a book with faults");
}

#[test]
fn what_leads_nowhere_is_named_with_its_line() {
    check("[a](two.md)", 3, "two.md is not there");
    check("x\n[a](two.md#b)", 4, "two.md#b is not there");
    check("[a](#two)", 3, "docs/guides/one.md has no heading #two");
    check(
        "\n[a](../README.md#two)",
        4,
        "docs/README.md has no heading #two",
    );
    check("[a]()", 3, "the link \"\" leads nowhere");
    check(
        "[a](../../../x)",
        3,
        "../../../x leads out of the repository",
    );
    check(
        "[a](/etc/passwd)",
        3,
        "/etc/passwd leads out of the repository",
    );
    check(
        "[a](../../empty)",
        3,
        "../../empty is a folder without README.md",
    );
    check("![a](q.svg)", 3, "q.svg is not there");
    check(
        "[a](p.svg#b)",
        3,
        "docs/guides/p.svg is no page that has an anchor #b",
    );
    check("[a](https:///x)", 3, "https:///x is no address");
    check(
        "[a](ftp://x)",
        3,
        "ftp://x begins in a way that is not known; it may with https://, http://, mailto:",
    );
    check(
        "use <name> here",
        3,
        "\"<name>\" is HTML; a placeholder stands in backticks",
    );
}

#[test]
fn a_page_that_no_table_leads_to_is_named() {
    let (_folder, faults) = tree(&[
        ("docs/README.md", CONTENTS),
        ("docs/guides/one.md", "# One\n"),
        ("docs/guides/two.md", "# Two\n"),
    ]);
    let named: Vec<&str> = faults.iter().map(|fault| fault.file.as_str()).collect();
    assert_eq!(named, ["docs/guides/two.md"]);
}
