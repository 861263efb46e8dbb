//! Each check fires on a small made-up workspace, and stays silent on the same one in order.

use std::path::Path;

use super::{Outcome, Violation, check, run};
use crate::metadata;

const MAP: &str = "\
# Architecture

| row | crate | what it is | what it never contains |
| --- | --- | --- | --- |
| 2 | `upper` | | |
| 1 | `pure` | | `files`, `async`; policy |
| 0 | `lower` | | |
| support | `helper` | | |

Words:

| word | packages | code |
| --- | --- | --- |
| `files` | | `std::fs`, `.exists()` |
| `async` | `tokio` | `tokio::`, `await` |
";

/// A workspace in a folder of its own: in order as it is made, to be put out of order by a test.
struct Tree {
    folder: tempfile::TempDir,
}

impl Tree {
    fn in_order() -> Self {
        let tree = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        tree.write(
            "Cargo.toml",
            "[workspace]\nresolver = \"3\"\nmembers = [\"crates/*\"]\nexclude = [\"foreign\"]\n",
        );
        tree.write("ARCHITECTURE.md", MAP);
        tree.add("upper", "trustpack-pure = { path = \"../pure\" }\n[dev-dependencies]\ntrustpack-helper = { path = \"../helper\" }\n");
        tree.add("pure", "trustpack-lower = { path = \"../lower\" }\n");
        tree.add("lower", "");
        tree.add("helper", "");
        tree.package("foreign/tokio", "tokio", "");
        tree
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn add(&self, name: &str, dependencies: &str) {
        self.package(
            &format!("crates/{name}"),
            &format!("trustpack-{name}"),
            dependencies,
        );
    }

    fn package(&self, folder: &str, name: &str, dependencies: &str) {
        let manifest = format!(
            "[package]\nname = \"{name}\"\nedition = \"2024\"\n\n[dependencies]\n{dependencies}"
        );
        self.write(&format!("{folder}/Cargo.toml"), &manifest);
        self.write(&format!("{folder}/src/lib.rs"), "//! Made up.\n");
    }

    fn check(&self) -> anyhow::Result<Vec<Violation>> {
        Ok(check(&metadata::read(Some(self.folder.path()))?)?.0)
    }

    /// The violations are these, as printed.
    #[track_caller]
    fn finds(&self, want: &[&str]) {
        let found: Vec<String> = self
            .check()
            .unwrap()
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(found, want);
    }

    /// `code` in `pure` breaks the rule on `word` at line 2 with `mention`.
    #[track_caller]
    fn finds_in_code(&self, code: &str, word: &str, mention: &str) {
        self.write("crates/pure/src/lib.rs", &format!("//! Made up.\n{code}\n"));
        self.finds(&[&format!(
            "crates/pure/src/lib.rs:2: pure: never contains `{word}`, and here is `{mention}`"
        )]);
    }

    /// `code` in `pure` breaks nothing.
    #[track_caller]
    fn accepts_code(&self, code: &str) {
        self.write("crates/pure/src/lib.rs", &format!("//! Made up.\n{code}\n"));
        self.finds(&[]);
    }
}

#[test]
fn a_tree_in_order_has_no_violation() {
    let tree = Tree::in_order();
    tree.finds(&[]);
    let mut out = Vec::new();
    let metadata = metadata::read(Some(tree.folder.path())).unwrap();
    assert_eq!(run(&metadata, &mut out).unwrap(), Outcome::InOrder);
    assert_eq!(
        String::from_utf8(out).unwrap(),
        "layers: 4 crates and 5 files are as ARCHITECTURE.md says\n"
    );
}

#[test]
fn a_dependency_upwards_or_in_the_same_row_is_found() {
    let tree = Tree::in_order();
    tree.add("pure", "");
    tree.add("lower", "trustpack-pure = { path = \"../pure\" }\n");
    tree.finds(&["crates/lower/Cargo.toml:6: lower: row 0 uses `pure` of row 1; a crate uses lower rows only"]);
}

#[test]
fn a_dev_dependency_upwards_is_found() {
    let tree = Tree::in_order();
    tree.add("lower", "[dev-dependencies]\ntrustpack-helper = { path = \"../helper\" }\ntrustpack-upper = { path = \"../upper\" }\n");
    tree.finds(&["crates/lower/Cargo.toml:8: lower: row 0 uses `upper` of row 2; a crate uses lower rows only"]);
}

#[test]
fn a_shipped_crate_does_not_use_support() {
    let tree = Tree::in_order();
    tree.add("lower", "trustpack-helper = { path = \"../helper\" }\n");
    tree.finds(&[
        "crates/lower/Cargo.toml:6: lower: uses the support crate `helper`; shipped crates may have it only as a dev-dependency",
    ]);
}

#[test]
fn the_map_and_the_tree_have_the_same_crates() {
    let tree = Tree::in_order();
    tree.add("new", "");
    tree.write(
        "ARCHITECTURE.md",
        &MAP.replace("| 0 | `lower`", "| 0 | `gone` | | |\n| 0 | `lower`"),
    );
    tree.finds(&[
        "ARCHITECTURE.md:7: gone: is on the map, and the workspace has no such crate",
        "crates/new/Cargo.toml:1: new: is not on the map of ARCHITECTURE.md",
    ]);
}

#[test]
fn a_forbidden_package_is_found_however_far() {
    let tree = Tree::in_order();
    tree.add("lower", "tokio = { path = \"../../foreign/tokio\" }\n");
    tree.finds(&[
        "crates/pure/Cargo.toml:6: pure: never contains `async`, and reaches it by trustpack-pure -> trustpack-lower -> tokio",
    ]);
}

#[test]
fn a_forbidden_package_for_tests_is_allowed() {
    let tree = Tree::in_order();
    tree.add(
        "lower",
        "[dev-dependencies]\ntokio = { path = \"../../foreign/tokio\" }\n",
    );
    tree.finds(&[]);
}

#[test]
fn forbidden_code_is_found_in_each_form() {
    let tree = Tree::in_order();
    tree.finds_in_code(
        "fn f() { drop(std::fs::read(\"x\")); }",
        "files",
        "std::fs::read",
    );
    tree.finds_in_code("use std::{fs as disk, net};", "files", "std::fs");
    tree.finds_in_code("use std::io; use std::*;", "files", "std::*");
    tree.finds_in_code(
        "use std as s; fn f() { s::fs::read(\"x\"); }",
        "files",
        "std::fs::read",
    );
    tree.finds_in_code(
        "macro_rules! m { () => { ::std::fs::read(\"x\") } }",
        "files",
        "std::fs::read",
    );
    tree.finds_in_code(
        "fn f(p: &std::path::Path) -> bool { p.exists() }",
        "files",
        ".exists()",
    );
    tree.finds_in_code("fn f() { tokio::spawn(()); }", "async", "tokio::spawn");
}

#[test]
fn what_only_looks_forbidden_is_allowed() {
    let tree = Tree::in_order();
    tree.accepts_code("// std::fs::read\n/// [`std::fs`]\nconst WORDS: &str = \"std::fs\";");
    tree.accepts_code("mod tokio {} fn exists() {} use std::net::IpAddr; fn fs() { fs() }");
    tree.accepts_code("#[cfg(test)]\nmod tests { use std::fs; }");
    tree.accepts_code("#[cfg(all(test, unix))]\nfn f() { std::fs::read(\"x\"); }");
}

#[test]
fn test_modules_in_their_own_files_are_not_looked_at() {
    let tree = Tree::in_order();
    tree.write(
        "crates/pure/src/part/tests.rs",
        "//! Tests.\nuse std::fs;\nmod more;\n",
    );
    tree.write(
        "crates/pure/src/part/tests/more.rs",
        "//! Tests.\nuse std::fs;\n",
    );
    tree.write(
        "crates/pure/src/part/other.rs",
        "//! Tests.\nuse std::fs;\n",
    );
    tree.write("crates/pure/tests/story.rs", "//! Tests.\nuse std::fs;\n");
    tree.write("crates/pure/src/part.rs", "//! Part.\n#[cfg(test)]\nmod tests;\n#[cfg(test)]\n#[path = \"part/other.rs\"]\nmod other;\n");
    tree.accepts_code("mod part;");
    tree.write(
        "crates/pure/src/part.rs",
        "//! Part.\nmod tests;\n#[cfg(not(test))]\nmod other;\n",
    );
    tree.finds(&[
        "crates/pure/src/part/other.rs:2: pure: never contains `files`, and here is `std::fs`",
        "crates/pure/src/part/tests/more.rs:2: pure: never contains `files`, and here is `std::fs`",
        "crates/pure/src/part/tests.rs:2: pure: never contains `files`, and here is `std::fs`",
    ]);
}

#[test]
fn a_long_file_says_why_and_a_longer_one_is_refused() {
    let tree = Tree::in_order();
    let file = |top: &str, lines: usize| {
        format!(
            "//! Made up.\n{top}{}",
            "//\n".repeat(lines - 1 - top.lines().count())
        )
    };
    tree.write("crates/lower/src/fits.rs", &file("", 400));
    tree.write(
        "crates/lower/src/explained.rs",
        &file("//! Long because it is one table.\n", 600),
    );
    tree.finds(&[]);
    tree.write("crates/lower/src/long.rs", &file("", 401));
    tree.write(
        "crates/lower/src/longer.rs",
        &file("//! Long because it grew.\n", 601),
    );
    tree.finds(&[
        "crates/lower/src/long.rs:401: size: has 401 lines; over 400 its opening documentation needs a line `//! Long because ...`",
        "crates/lower/src/longer.rs:601: size: has 601 lines; at most 600 are allowed",
    ]);
}

#[test]
fn a_path_in_a_document_is_there() {
    let tree = Tree::in_order();
    tree.write(
        "docs/page.md",
        "See `crates/lower/src/lib.rs`, `crates/NAME`, `docs/*.md` and crates/gone.\n",
    );
    tree.finds(&[]);
    tree.write("docs/page.md", "See\n`crates/gone.rs`.\n");
    tree.finds(&["docs/page.md:2: documents: names `crates/gone.rs`, which is not there"]);
}

#[test]
fn a_threat_has_a_test() {
    let tree = Tree::in_order();
    let model = |test: &str| {
        format!(
            "| who | may not | what holds it | test |\n| --- | --- | --- | --- |\n| peer | lie | us | {test} |\n"
        )
    };
    tree.write(
        "crates/lower/tests/story.rs",
        "//! A story.\n#[test]\nfn holds() {}\n",
    );
    tree.write("docs/security/threat-model.md", &model("`holds`"));
    tree.finds(&[]);
    tree.write("docs/security/threat-model.md", &model("`breaks`"));
    tree.finds(&[
        "docs/security/threat-model.md:3: documents: names the test `breaks`, which is not there",
    ]);
    tree.write("docs/security/threat-model.md", &model("later"));
    tree.finds(&["docs/security/threat-model.md:3: documents: names no test"]);
    tree.write("docs/security/threat-model.md", &model("`holds`"));
    let lesson = "| what happened | what went wrong | what is different here | test |\n| --- | --- | --- | --- |\n| fire | wood | stone | `burns` |\n";
    tree.write("docs/security/lessons.md", lesson);
    tree.finds(&[
        "docs/security/lessons.md:3: documents: names the test `burns`, which is not there",
    ]);
}

#[test]
fn a_map_that_cannot_be_read_is_an_error() {
    #[track_caller]
    fn refuses(map: &str, want: &str) {
        let tree = Tree::in_order();
        tree.write("ARCHITECTURE.md", map);
        let error = format!("{:#}", tree.check().unwrap_err());
        assert!(error.ends_with(want), "{error}");
    }
    refuses("# Nothing\n", "no table with the heading | row | crate |");
    refuses(
        &MAP.replace("| word |", "| term |"),
        "no table with the heading | word | packages | code |",
    );
    refuses(
        &MAP.replace("`files`, `async`", "`fies`"),
        "line 6: `pure` never contains `fies`, which the table of words does not explain",
    );
    refuses(
        &MAP.replace("| 2 |", "| two |"),
        "row \"two\"; it must be a number or \"support\": invalid digit found in string",
    );
    refuses(
        &MAP.replace("`lower`", "`pure`"),
        "line 7: `pure` is on the map twice",
    );
    assert!(metadata::read(Some(Path::new("/"))).is_err());
}
