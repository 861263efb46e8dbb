//! What the program writes about itself: completions that shells take, manual pages that man takes.

use std::fs;

use trustpack_e2e::call::Call;
use trustpack_e2e::folder;

#[test]
fn bash_completes_commands_and_options() {
    let folder = folder::temporary();
    let script = Call::trustpack(["completions", "bash"]).succeeds().stdout;
    fs::write(folder.path().join("trustpack"), script).unwrap();
    let check = |words: &str, wanted: &[&str]| {
        let line = format!(
            "source ./trustpack || exit 1; COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); \
             _trustpack trustpack \"${{COMP_WORDS[-1]}}\" \"${{COMP_WORDS[-2]}}\"; \
             for word in \"${{COMPREPLY[@]}}\"; do echo \"$word\"; done"
        );
        let outcome = Call::foreign("bash", ["-c", &line])
            .within(folder.path())
            .succeeds();
        assert_eq!(
            outcome.stdout.lines().collect::<Vec<_>>(),
            wanted,
            "{words}"
        );
    };
    check("trustpack cert is", &["issue"]);
    check("trustpack crl p", &["publish"]);
    check("trustpack cert verify --trus", &["--trusted-ca"]);
    // A part of the demo that is for nobody's hands.
    check("trustpack demo-", &[]);
}

#[test]
fn there_are_completions_for_every_shell_that_is_named() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        Call::trustpack(["completions", shell])
            .succeeds()
            .prints("publish");
    }
    Call::trustpack(["completions", "csh"])
        .exits_with(2)
        .says("csh");
}

#[test]
fn man_shows_a_page_for_every_command() {
    let folder = folder::temporary();
    // What was there before is replaced.
    fs::create_dir(folder.path().join("pages")).unwrap();
    fs::write(folder.path().join("pages/trustpack.1"), "old").unwrap();
    Call::trustpack(["man", "--out", "pages"])
        .within(folder.path())
        .succeeds();
    let mut pages: Vec<String> = fs::read_dir(folder.path().join("pages"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    pages.sort_unstable();
    for page in ["trustpack.1", "trustpack-cert-issue.1", "create_ca.sh.1"] {
        assert!(pages.iter().any(|one| one == page), "{page}: {pages:?}");
    }
    assert!(!pages.iter().any(|page| page.contains("demo-part")));
    // What a line has besides options comes before them, and the line of NAME is not said again.
    let page = fs::read_to_string(folder.path().join("pages/trustpack-host-check.1")).unwrap();
    let at = |words: &str| {
        page.find(words)
            .unwrap_or_else(|| panic!("{words}: {page}"))
    };
    assert!(at(".SH ARGUMENTS\n") < at("The folder with the files"));
    assert!(at("The folder with the files") < at(".SH OPTIONS\n"));
    let line = "Say whether the account of the services can read";
    assert_eq!(page.matches(line).count(), 1, "{page}");
    assert_eq!(
        page.matches("The folder with the files").count(),
        1,
        "{page}"
    );
    let paths = pages.iter().map(|page| format!("./pages/{page}"));
    let shown = Call::foreign("man", ["--warnings", "--local-file", "-Tutf8"])
        .args(paths)
        .within(folder.path())
        .env("MANWIDTH", "100")
        .succeeds();
    assert_eq!(shown.stderr, "", "man warns");
    // Bold and underlined, as the terminal of groff has it, is a letter over itself.
    let text: String = shown.stdout.replace("\u{1b}[0m", "");
    assert!(
        text.contains("trustpack cert issue [OPTIONS] <HOST>..."),
        "{text}"
    );
    assert!(text.contains("trustpack cert issue --ca my-ca --from hosts.csv"));
    assert!(text.contains("create_ca.sh [OPTIONS] -CN <NAME>"));
    // As everywhere: of folders that are not there only the last is made.
    Call::trustpack(["man", "--out", "none/pages"])
        .within(folder.path())
        .refused("cannot make the folder none/pages")
        .says("hint: name a folder that is there");
    assert!(!folder.path().join("none").exists());
}
