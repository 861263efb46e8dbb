//! PEM in all its states.

use super::*;

/// Label, line and contents of each block.
#[track_caller]
fn check(text: &str, want: &[(&str, usize, &[u8])]) {
    let blocks = blocks(text.as_bytes()).unwrap();
    let got: Vec<_> = blocks
        .iter()
        .map(|b| (b.label.as_str(), b.line, b.contents.as_slice()))
        .collect();
    assert_eq!(got, want);
}

#[track_caller]
fn check_refused(text: &str, want: &str) {
    let error = blocks(text.as_bytes()).map(|_| ()).unwrap_err();
    assert_eq!(error.to_string(), want);
}

#[test]
fn reads_blocks_in_any_text() {
    check("", &[]);
    check("no blocks - at all --", &[]);
    check(
        "-----BEGIN A-----\nAQI=\n-----END A-----",
        &[("A", 1, &[1, 2])],
    );
    check(
        "-----BEGIN A-----\r\nAQI=\r\n-----END A-----\r\n",
        &[("A", 1, &[1, 2])],
    );
    check(
        "\u{feff}-----BEGIN A-----\nAQI=\n-----END A-----",
        &[("A", 1, &[1, 2])],
    );
    check(
        "  -----BEGIN A-----  \n  AQ I= \n\n -----END A-----\t",
        &[("A", 1, &[1, 2])],
    );
    check(
        "Bag Attributes\n  CN: x\n-----BEGIN A-----\nAQI=\n-----END A-----\n-- BEGIN of --\n\
         -----BEGIN X Y-----\nAw==\n-----END X Y-----\nend",
        &[("A", 3, &[1, 2]), ("X Y", 7, &[3])],
    );
}

#[test]
fn notes_the_header_of_an_encrypted_block() {
    let text = "-----BEGIN A-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nAQI=\n\
                -----END A-----\n";
    let [block] = &blocks(text.as_bytes()).unwrap()[..] else {
        panic!("one block")
    };
    assert!(block.proc_type_encrypted);
    assert_eq!(block.dek_info.as_deref(), Some("AES-256-CBC,00"));
    assert_eq!(block.contents.as_slice(), [1, 2]);
    check(
        "-----BEGIN A-----\nComment: x\n\nAQI=\n-----END A-----\n",
        &[("A", 1, &[1, 2])],
    );
}

#[test]
fn names_a_wrong_number_of_dashes() {
    let said = "must have five dashes at both ends";
    for marker in [
        "----BEGIN CERTIFICATE-----",
        "-----BEGIN CERTIFICATE----",
        "------BEGIN CERTIFICATE-----",
        "-----BEGIN CERTIFICATE",
        "BEGIN CERTIFICATE-----",
        "—–BEGIN CERTIFICATE—–",
        "----- BEGIN CERTIFICATE -----",
    ] {
        check_refused(
            &format!("text\n{marker}\nAQI=\n-----END CERTIFICATE-----\n"),
            &format!("line 2: the PEM marker {marker:?} {said}"),
        );
    }
    check_refused(
        "-----BEGIN RSA PRIVATE KEY-----\nAQI=\n----END RSA PRIVATE KEY-----\n",
        &format!("line 3: the PEM marker \"----END RSA PRIVATE KEY-----\" {said}"),
    );
}

#[test]
fn names_a_damaged_block() {
    check_refused(
        "-----BEGIN A-----\nAQI=\n",
        "line 1: the PEM block \"A\" has no END marker",
    );
    check_refused(
        "-----BEGIN A-----\nAQI=\n-----BEGIN B-----\nAQI=\n-----END B-----",
        "line 1: the PEM block \"A\" has no END marker",
    );
    check_refused(
        "-----BEGIN A-----\nAQI=\n-----END B-----\n",
        "line 1: the PEM block \"A\" ends with the marker of \"B\"",
    );
    check_refused(
        "\n-----END B-----\n",
        "line 2: the END marker of \"B\" has no BEGIN marker before it",
    );
    for body in ["AQI", "A*==", "", "\u{e9}QI="] {
        check_refused(
            &format!("-----BEGIN A-----\n{body}\n-----END A-----\n"),
            "line 1: the PEM block \"A\" does not hold Base64",
        );
    }
    assert_eq!(
        blocks(b"\xff\xfe-\0-\0").map(|_| ()),
        Err(InvalidPem::Utf16)
    );
}

#[test]
fn writes_what_it_reads() {
    for length in [1, 47, 48, 49, 96, 200] {
        let contents = vec![7; length];
        let text = encode("SOME LABEL", &contents);
        assert!(
            text.lines()
                .all(|line| line.len() <= 64 && !line.is_empty())
        );
        check(&text, &[("SOME LABEL", 1, &contents)]);
    }
}
