//! What option values may be.

use super::*;
use crate::options::OPTIONS;

#[track_caller]
fn check(option: OptionId, text: &str, want: Result<&str, ()>) {
    let row = option.row();
    let got = parse(row, text, PathBase::Nowhere);
    let shown = got.as_ref().map(|parsed| parsed.value.shown(row.values));
    assert_eq!(
        shown.as_deref().map_err(|_| ()),
        want,
        "{}: {text:?}: {got:?}",
        row.name
    );
}

#[test]
fn values_are_what_the_table_allows() {
    check(OptionId::Tls, "1", Ok("1"));
    check(OptionId::Tls, "", Err(()));
    check(OptionId::Tls, "true", Err(()));
    check(OptionId::Fips140Enabled, "TRUE", Ok("true"));
    check(OptionId::Certificate, "/a.pem, /b.pem", Ok("/a.pem,/b.pem"));
    check(OptionId::Certificate, "/a.pem,,/b.pem", Err(()));
    check(OptionId::Certificate, "a.pem", Err(()));
    check(OptionId::Certificate, &"/a,".repeat(40), Err(()));
    check(OptionId::Certificate, "", Ok(""));
    check(OptionId::Provider, "pem", Ok("PEM"));
    check(OptionId::Provider, "MSCAP", Ok("MSCAPI"));
    check(OptionId::Provider, "DER", Err(()));
    check(OptionId::TlsTargetNameCheck, "Host", Ok("host"));
    check(OptionId::TlsTargetNameCheck, "yes", Err(()));
    check(OptionId::SecProtocol, "", Ok(""));
    check(OptionId::SecProtocol, "tlsv12", Ok("TLSv12"));
    check(OptionId::SecProtocol, "TLSv1.2", Err(()));
    check(OptionId::SecProtocolMax, "TLSv11", Err(()));
    check(OptionId::KeystorePassword, "hunter2", Ok("(hidden)"));
    check(OptionId::KeystorePassword, "env:SECRET", Ok("env:SECRET"));
    check(OptionId::KeystorePassword, "env:A B", Err(()));
    check(OptionId::KeystorePassword, "file:relative", Err(()));
    check(OptionId::CipherList, " : ", Err(()));
}

#[test]
fn relative_paths_start_at_the_folder_if_there_is_one() {
    let base = PathBase::Folder(Path::new("/srv"));
    let parsed = parse(OptionId::TrustedCa.row(), "ca.pem", base).map(|parsed| parsed.value);
    assert_eq!(
        parsed.map(|v| v.shown(ValueKind::Path)),
        Ok("/srv/ca.pem".to_owned())
    );
}

/// Every word the table lists has its type: none falls through to `Other` but those of options
/// that come later.
#[test]
fn every_word_of_the_table_is_typed() {
    for row in &OPTIONS {
        let ValueKind::Words(words) = row.values else {
            continue;
        };
        for word in words {
            let parsed = parse(row, word, PathBase::Nowhere);
            let other = matches!(parsed.as_ref().map(|p| &p.value), Ok(Value::Other(_)));
            assert_eq!(
                other,
                row.behaviour == Behaviour::Later,
                "{} {word:?}",
                row.name
            );
        }
    }
}
