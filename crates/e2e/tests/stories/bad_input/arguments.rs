//! Names, numbers and commands that are none.

use std::process::Stdio;

use trustpack_e2e::ca::TestCa;
use trustpack_e2e::call::Call;
use trustpack_e2e::folder;

use super::check_refused;

#[test]
fn host_names_that_are_none() {
    let ca = TestCa::new();
    let long_label = format!("{}.example.com", "a".repeat(64));
    let long_name = format!("{}example.com", "abcdefg.".repeat(31));
    for (host, words) in [
        ("", &["empty", "1 to 253"][..]),
        (
            "a/b.example.com",
            &["\"a/b.example.com\"", "'/'", "letters, digits"],
        ),
        ("../../etc/passwd", &["\"../../etc/passwd\""]),
        ("..", &["\"..\"", "empty label"]),
        ("a..example.com", &["\"a..example.com\"", "empty label"]),
        (".example.com", &["\".example.com\"", "empty label"]),
        ("a b.example.com", &["\"a b.example.com\"", "' '"]),
        (" a.example.com", &["\" a.example.com\"", "' '"]),
        ("a\tb.example.com", &["a\\tb", "'\\t'"]),
        ("a\nb.example.com", &["a\\nb", "'\\n'"]),
        ("a\u{1b}[2J.example.com", &["a\\u{1b}[2J"]),
        ("a\u{7f}.example.com", &["a\\u{7f}"]),
        ("*.example.com", &["\"*.example.com\"", "wildcard"]),
        ("a.*.com", &["\"a.*.com\"", "wildcard"]),
        ("10.0.0.1", &["'10.0.0.1'", "IP address", "--ip"]),
        ("host.1", &["\"host.1\"", "number"]),
        ("-a.example.com", &["\"-a\"", "hyphen"]),
        ("a-.example.com", &["\"a-\"", "hyphen"]),
        (&long_label, &["64", "63"]),
        (&long_name, &["259", "253"]),
        ("a\\b.example.com", &["'\\\\'"]),
        ("a;b.example.com", &["';'"]),
        ("$(id).example.com", &["'$'"]),
        ("a,b.example.com", &["','"]),
        ("user@example.com", &["'@'"]),
        ("https://example.com", &["':'"]),
    ] {
        let call = Call::trustpack(["cert", "issue", "--key", "ecdsa-p256", "--", host]);
        check_refused(call, ca.dir(), 2, words);
    }
    // Before anything is issued to those beside it.
    let call = Call::trustpack(["cert", "issue", "good.example.com", "bad/name"]);
    check_refused(call, ca.dir(), 2, &["\"bad/name\""]);
}

#[test]
fn further_names_and_numbers_that_are_none() {
    let ca = TestCa::new();
    let long = "x".repeat(65);
    for (arguments, code, words) in [
        (["--san", "b.example.com,c/d"], 2, &["\"c/d\"", "'/'"][..]),
        (["--ip", "300.1.1.1"], 2, &["300.1.1.1", "such as 10.0.0.7"]),
        (["--ip", "10.0.0.1/8"], 2, &["10.0.0.1/8"]),
        (["--profile", "Server"], 1, &["Server", "server"]),
        (["--profile", "ca"], 1, &["\"ca\"", "client, gui, server"]),
        (["--days", "0"], 2, &["0 days", "1 to"]),
        (["--days", "40000"], 2, &["40000 days", "36525"]),
        (["--days", "ten"], 2, &["ten", "whole number"]),
        (["--key", "rsa-1024"], 2, &["1024 bits", "2048 to 8192"]),
        (["--key", "ed448"], 2, &["ed448", "ecdsa-p256"]),
        (["--digest", "md5"], 2, &["md5", "sha256"]),
        (["--email", "a b@example.com"], 2, &["\"a b@example.com\""]),
        (["--cn", &long], 2, &["65 characters", "at most 64"]),
        (["--country", "Germany"], 2, &["'Germany'", "two letters"]),
        (["--organization", ""], 2, &["(O)", "empty"]),
        (
            ["--password-file", "missing"],
            1,
            &["missing", "No such file"],
        ),
        (
            ["--ca-password-file", "missing"],
            1,
            &["missing", "No such file"],
        ),
        (["--nonsense", "1"], 2, &["--nonsense"]),
    ] {
        let call = Call::trustpack(["cert", "issue", "a.example.com"]).args(arguments);
        check_refused(call, ca.dir(), code, words);
    }
}

#[test]
fn commands_that_are_none() {
    let folder = folder::temporary();
    for (arguments, words) in [
        (&["nonsense"][..], &["'nonsense'"][..]),
        (&["ca", "nonsense"], &["'nonsense'"]),
        (&["cert"], &["Usage"]),
        (&["cert", "issue"], &["HOST"]),
        (&["ca", "create"], &["NAME"]),
        (&["ca", "create", "X", "--ca", ""], &["--ca"]),
        (&["cert", "show"], &["WHAT"]),
        (&["fleet", "explain"], &["Usage"]),
        (
            &["fleet", "check", "--format", "xml"],
            &["xml", "text", "json"],
        ),
        (&[], &["Usage"]),
    ] {
        check_refused(Call::trustpack(arguments), folder.path(), 2, words);
    }
}

/// A reader that goes away, as in `trustpack ... | head -1`, is no failure; a full disk is one.
#[test]
fn standard_output_may_be_closed_or_full() {
    let ca = TestCa::new();
    let script = |script: &str| {
        Call::foreign("sh", ["-c", script])
            .arg(trustpack_e2e::program::trustpack())
            .within(ca.dir())
            .run()
    };
    for command in [
        "ca check",
        "cert show ca_conf/ca_cert.pem",
        "cert show ca_conf/ca_cert.pem --json",
        "cert issue a.example.com --key ecdsa-p256",
        "fleet check ca_conf/ca_cert.pem",
        "--help",
    ] {
        for reader in ["| true", ">&-"] {
            let outcome = script(&format!(
                "{{ \"$0\" {command}; echo code=$? >&2; }} {reader}"
            ));
            assert!(!outcome.stderr.contains("panicked"), "{outcome}");
            let fine = ["code=0\n", "code=1\n"]
                .iter()
                .any(|end| outcome.stderr.ends_with(end));
            assert!(fine, "{outcome}");
        }
    }
    let mut full = Call::trustpack(["ca", "check"]).within(ca.dir());
    let device = std::fs::File::options()
        .write(true)
        .open("/dev/full")
        .unwrap();
    full.command()
        .stdout(Stdio::from(device))
        .stderr(Stdio::piped());
    let outcome = full.start().end();
    assert_eq!(outcome.status.code(), Some(1), "{outcome}");
    outcome.says("cannot write to standard output");
    ca.assert_in_order();
}

/// What was typed is repeated, and does not act on the terminal.
#[test]
fn errors_of_the_command_line_have_no_control_characters() {
    let hostile = "x\u{1b}]0;owned\u{7}\u{9b}31m\u{202e}y";
    for arguments in [
        &[hostile][..],
        &["cert", hostile],
        &["cert", "list", hostile],
        &["cert", "list", &format!("--{hostile}")],
        &["key", "create", "--format", hostile],
    ] {
        let outcome = Call::trustpack(arguments).exits_with(2);
        let acts = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert!(!outcome.stderr.contains(acts), "{outcome}");
        assert!(outcome.stderr.starts_with("error: "), "{outcome}");
    }
}
