//! Tables of component files: what is read of each form, what is a mistake, and that nothing is lost.
//!
//! Items 2.3.2 and 2.3.4 of the rules.

use super::*;
use crate::fleet::EntryForm;

fn file(path: &str, text: &str) -> ComponentFile {
    ComponentFile::read(path, text.as_bytes()).unwrap()
}

/// The entries that count, and the mistakes as `line:column message`.
fn summary(path: &str, octets: &[u8]) -> (Vec<String>, Vec<String>) {
    let file = ComponentFile::read(path, octets).unwrap();
    assert_eq!(file.octets(), octets, "{path}: nothing is lost");
    let entries = file.entries().into_iter().map(|e| {
        let at = e.value_spot.location().unwrap();
        assert_eq!(e.form != EntryForm::Good, at.start > at.end);
        format!("{}={} {}:{}", e.name, e.value.expose(), at.line, at.column)
    });
    let findings = file.findings(&Place::Fleet).into_iter().map(|f| {
        let at = f.location().unwrap();
        format!("{} {}:{} {}", f.code(), at.line, at.column, f.message)
    });
    (entries.collect(), findings.collect())
}

#[track_caller]
fn check(path: &str, text: &str, entries: &[&str], findings: &[&str]) {
    let (got, found) = summary(path, text.as_bytes());
    assert_eq!(got, entries, "{text:?}");
    assert_eq!(found.len(), findings.len(), "{text:?}: {found:#?}");
    for (found, want) in found.iter().zip(findings) {
        assert!(found.starts_with(want), "{text:?}: {found} for {want}");
    }
}

#[test]
fn item_2_3_2_sections_and_their_lines() {
    let good = "# made by hand\r\n[lca]\r\nlcaport = 4999\r\n\r\n[security]\r\n  ; kept\r\ncertificate = /etc/a b.pem  \r\nsec-protocol=\r\ncipher-list = A # B\r\n[log]\r\nverbose=all\r\n";
    check(
        "lca.cfg",
        good,
        &[
            "certificate=/etc/a b.pem 7:15",
            "sec-protocol= 8:14",
            "cipher-list=A # B 9:15",
        ],
        &[],
    );
    check(
        "gda.cfg",
        "[security]\ntransport = tls=1;certificate=/a\n[web]\ntransport = udp\ntls = 1\n[more]\ntransport=upgrade=1\n",
        &["tls=1 2:17", "certificate=/a 2:31", "upgrade=1 7:19"],
        &[],
    );
    check("a.cfg", "", &[], &[]);
    check(
        "a.cfg",
        "\u{feff}[security]\ncrl=/é\n",
        &["crl=/é 2:5"],
        &[],
    );
}

#[test]
fn item_2_3_2_of_two_equal_names_the_first_counts() {
    check(
        "lca.cfg",
        "[security]\ncrl = /a\n[x]\ny=1\ny=2\n[security]\ncrl = /b\n",
        &["crl=/a 2:7"],
        &["TP1031 5:1", "TP1031 7:1"],
    );
}

#[test]
fn item_2_3_2_every_mistake_has_its_place() {
    check(
        "lca.cfg",
        "a = 1\n[security\ncrl = /a\n[Security]\n= 2\nno assignment\n[]\nx\0=1\n",
        &[],
        &[
            "TP1030 1:1 the line stands before the first [section]",
            "TP1030 2:1 a section is written [name]",
            "TP1030 4:1 names of sections are case-sensitive",
            "TP1030 5:1 no name stands before",
            "TP1030 6:1 the line has no `=`",
            "TP1030 7:1 a section is written [name]",
            "TP1030 8:2 a control character (0x00)",
        ],
    );
    check(
        "a.cfg",
        "[a]\rb=1\n",
        &[],
        &[
            "TP1030 1:1 a section",
            "TP1030 1:4 a control character (0x0d)",
        ],
    );
    let long = format!("[a]\nb = {}\nc\n", "x".repeat(MAX_LINE_BYTES));
    check(
        "a.cfg",
        &long,
        &[],
        &["TP1030 2:1 the line has 8196 bytes", "TP1030 3:1"],
    );
    let many = "x\n".repeat(MAX_MISTAKES + 5);
    let found = file("a.cfg", &many);
    assert_eq!(found.mistakes().len(), MAX_MISTAKES);
    assert_eq!(found.mistakes().last().unwrap().1, Mistake::TooMany);
}

#[test]
fn item_2_3_2_a_file_that_is_no_utf_8_comes_back_as_it_was() {
    let (entries, found) = summary(
        "lca.cfg",
        b"; f\xfcr alle\n[security]\ncrl = /a\ncertificate = /\xe9.pem\n",
    );
    assert_eq!(entries, ["crl=/a 3:7", "certificate=/é.pem 4:15"]);
    assert_eq!(found.len(), 1);
    assert!(found[0].starts_with("TP1030 4:15 the value has characters above ASCII"));
}

#[track_caller]
fn refused(octets: &[u8], want: &str) {
    let error = ComponentFile::read("lca.cfg", octets).unwrap_err();
    assert!(error.to_string().contains(want), "{error}");
}

#[test]
fn what_cannot_be_such_a_file_is_refused_as_a_whole() {
    refused(&vec![b'#'; MAX_FILE_BYTES + 1], "at most 1048576 are read");
    refused(&vec![b'\n'; MAX_LINES], "at most 20000 are read");
    refused(b"\xff\xfe[\0", "UTF-16");
    refused(
        b"[a]\n-----BEGIN PRIVATE KEY-----\n",
        "PEM block begins in line 2",
    );
}

#[test]
fn item_2_3_2_assignments_of_a_shell() {
    check(
        "setenv.sh",
        "#!/bin/sh\nTRUSTED_CA=/a.pem # not part\nexport PROVIDER=PEM KEYSTORE_PASSWORD='a b'\nJAVA_OPTS=\"-Dx=$HOME\nTLS_CRL=/no\"\nif true; then CIPHER_LIST=\"A \\\"B\"; fi\n",
        &[
            "trusted-ca=/a.pem 2:12",
            "provider=PEM 3:17",
            "keystore-password=a b 3:39",
            "cipher-list=A \"B 6:27",
        ],
        &[],
    );
    check(
        "setenv.sh",
        "TRUSTED_CA=/a\nTRUSTED_CA=$HOME/b\nCRL = /c\nCRL= /c\nTRUSTED_CAS=/d\nURL=x\ncrl=/e\necho CRL=/f\nCERTIFICATE='/g\n",
        &["crl= 4:5", "certificate=/g\n 9:13"],
        &[
            "TP1030 2:12 the value of TRUSTED_CA is put together",
            "TP1030 3:1 a blank stands beside",
            "TP1030 4:1 a blank stands beside",
            "TP1030 9:1 the quotation mark",
            "TP1032 1:1",
            "TP1011 5:1",
        ],
    );
}

#[test]
fn item_2_3_2_assignments_of_windows() {
    check(
        "setenv.bat",
        "@echo off\r\nREM set CRL=/no\r\n:: set CRL=/no\r\nset Trusted_CA=C:\\a b\\ca.pem\r\n@set \"PROVIDER=MSCAPI\" & rem x\r\nif not defined CRL set CRL=/a\r\nset JAVA=%HOME%\r\necho set TLS=1\r\n",
        &[
            "trusted-ca=C:\\a b\\ca.pem 4:16",
            "provider=MSCAPI 5:16",
            "crl=/a 6:28",
        ],
        &[],
    );
    check(
        "setenv.CMD",
        "set CRL=%X%\\a\nset CERTIFICATE =b\nset PROVIDER=PEM \nset /p TLS_CRL=name\nset CERTIFICATE_KEY=/a& x\n",
        &["provider=PEM  3:14"],
        &[
            "TP1030 1:9 the value of CRL is put together",
            "TP1030 2:5 a blank stands beside",
            "TP1030 3:14 a blank stands at the end",
            "TP1030 5:21 the value of CERTIFICATE_KEY is put together",
        ],
    );
}

#[track_caller]
fn edit(path: &str, text: &str, name: (Option<&str>, &str), value: &str, want: Option<&str>) {
    let mut file = file(path, text);
    let outcome = file.set(name.0, name.1, value);
    assert_eq!(outcome.is_ok(), want.is_some(), "{outcome:?}");
    assert_eq!(file.octets(), want.unwrap_or(text).as_bytes());
    if want.is_some() {
        let after = file.assignment(name.0, name.1).unwrap();
        assert_eq!(after.content, Content::Plain(Secret::new(value)));
    }
}

#[test]
fn item_2_3_4_one_value_changes_and_nothing_else() {
    let ini = "\u{feff}; c\r\n[security]\r\n crl =  /a \r\ncrl = /b\r\n";
    let crl = (Some("security"), "crl");
    edit(
        "a.cfg",
        ini,
        crl,
        "/new",
        Some("\u{feff}; c\r\n[security]\r\n crl =  /new \r\ncrl = /b\r\n"),
    );
    edit(
        "a.cfg",
        ini,
        crl,
        "",
        Some("\u{feff}; c\r\n[security]\r\n crl =   \r\ncrl = /b\r\n"),
    );
    edit(
        "a.cfg",
        "[security]\ncrl=\n",
        crl,
        "/a=b;c",
        Some("[security]\ncrl=/a=b;c\n"),
    );
    for bad in [" /a", "/a\n[x]", "/a\r", "\0"] {
        edit("a.cfg", ini, crl, bad, None);
    }
    edit("a.cfg", ini, (None, "crl"), "/a", None);
    edit("a.cfg", ini, (Some("security"), "certificate"), "/a", None);
}

#[test]
fn item_2_3_4_an_edit_of_a_script_keeps_its_quotation_marks() {
    let sh = "export CRL=/a CRL_X='1' # c\nTRUSTED_CA=\"/b\"\n";
    edit(
        "a.sh",
        sh,
        (None, "CRL"),
        "/c",
        Some("export CRL=/c CRL_X='1' # c\nTRUSTED_CA=\"/b\"\n"),
    );
    edit(
        "a.sh",
        sh,
        (None, "CRL"),
        "/c d",
        Some("export CRL='/c d' CRL_X='1' # c\nTRUSTED_CA=\"/b\"\n"),
    );
    edit(
        "a.sh",
        sh,
        (None, "TRUSTED_CA"),
        "/it's",
        Some("export CRL=/a CRL_X='1' # c\nTRUSTED_CA=\"/it's\"\n"),
    );
    edit("a.sh", sh, (None, "CRL"), "a'$b", None);
    let bat = "set \"CRL=a\"\r\nset provider=PEM\r\n";
    edit(
        "a.bat",
        bat,
        (None, "crl"),
        "C:\\b & c",
        Some("set \"CRL=C:\\b & c\"\r\nset provider=PEM\r\n"),
    );
    edit("a.bat", bat, (None, "PROVIDER"), "a & b", None);
    edit("a.bat", bat, (None, "PROVIDER"), "%a%", None);
}

#[test]
fn an_edit_of_an_old_encoding_keeps_it() {
    let mut file = ComponentFile::read("a.cfg", b"# \xfc\n[security]\ncrl=/a\n").unwrap();
    file.set(Some("security"), "crl", "/b").unwrap();
    assert_eq!(file.octets(), b"# \xfc\n[security]\ncrl=/b\n");
    assert!(file.set(Some("security"), "crl", "/\u{20ac}").is_err());
}

#[test]
fn nothing_of_a_value_is_shown() {
    let file = file("a.cfg", "[security]\nkeystore-password = hunter2\n");
    assert!(!format!("{file:?}").contains("hunter2"));
    assert!(!format!("{:?}", file.assignments()).contains("hunter2"));
}
