//! What option values may be.

use super::*;
use crate::options::OPTIONS;

fn context(base: PathBase<'_>, provider: Provider) -> Context<'_> {
    Context { base, provider }
}

#[track_caller]
fn check(option: OptionId, text: &str, want: Result<&str, ()>) {
    check_with(Provider::Pem, option, text, want);
}

#[track_caller]
fn check_with(provider: Provider, option: OptionId, text: &str, want: Result<&str, ()>) {
    let row = option.row();
    let got = parse(row, text, context(PathBase::Nowhere, provider));
    let shown = got.as_ref().map(|parsed| parsed.value.shown(row.values));
    assert_eq!(
        shown.as_deref().map_err(|_| ()),
        want,
        "{}: {text:?}: {got:?}",
        row.name
    );
}

#[test]
fn a_value_has_an_end() {
    let row = OptionId::TrustedCa.row();
    let path = |length: usize| format!("/{}", "a".repeat(length - 1));
    let read = |length| {
        parse(
            row,
            &path(length),
            context(PathBase::Nowhere, Provider::Pem),
        )
    };
    assert!(read(MAX_VALUE_BYTES).is_ok());
    let error = read(MAX_VALUE_BYTES + 1).unwrap_err();
    let want = "the value has 262145 octets; at most 262144 are allowed";
    assert_eq!(error.to_string(), want);
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
    check(OptionId::StoreLocation, "User", Ok("user"));
    check(OptionId::CrlCheck, "leaf", Ok("leaf"));
    check(OptionId::CrlFreshness, "Warn", Ok("warn"));
    check(OptionId::CrlFreshness, "48", Ok("48"));
    check(OptionId::CrlFreshness, "two days", Err(()));
    check(
        OptionId::AllowedNames,
        "dns:a.example,ou:Voice",
        Ok("dns:a.example,ou:Voice"),
    );
    check(OptionId::AllowedNames, "a.example", Err(()));
    check(OptionId::DangerAcceptWeak, "2027-03-31", Ok("2027-03-31"));
    check(OptionId::DangerAcceptWeak, "2027-03-31T12:00:00Z", Err(()));
    check(OptionId::DangerAcceptWeak, "2027-02-30", Err(()));
}

/// What is proposed for a slip of the pen is never a version that is broken.
#[test]
fn no_broken_version_is_proposed() {
    let near = |option: OptionId, text: &str| {
        let ValueKind::Words(words) = option.row().values else {
            panic!("{} has no words", option.name());
        };
        match word(text, words, &mut None) {
            Err(InvalidValue::Word { near, .. }) => near,
            other => panic!("{text}: {other:?}"),
        }
    };
    let lowest = |text| near(OptionId::SecProtocol, text);
    assert_eq!(lowest("TLSv9"), Some("TLSv12"));
    assert_eq!(lowest("TLSv1.0"), Some("TLSv12"));
    assert_eq!(lowest("TLS"), None);
    assert_eq!(lowest("TLS1"), Some("TLSv12"));
    assert_eq!(lowest("SSLv4"), Some("SSLv23"));
    assert_eq!(lowest("TLSv1.2"), Some("TLSv12"));
    assert_eq!(lowest("TLSv1.3"), Some("TLSv13"));
    assert_eq!(lowest("SSLv 23"), Some("SSLv23"));
    assert_eq!(near(OptionId::SecProtocolMax, "TLSv1.3"), Some("TLSv13"));
    assert_eq!(near(OptionId::Provider, "PEMM"), Some("PEM"));
}

/// 2.2, `certificate`, `certificate-key` and `trusted-ca`: what they are depends on the provider.
#[test]
fn credentials_are_read_as_the_provider_has_them() {
    const THUMB: &str = "D0B028AAD0B028AAD0B028AAD0B028AAD0B028AA";
    use OptionId::{Certificate, CertificateKey, TrustedCa};
    use Provider::{Jks, Mscapi, Pkcs11, Pkcs12};
    check_with(Mscapi, Certificate, &THUMB.to_lowercase(), Ok(THUMB));
    check_with(Mscapi, Certificate, "/etc/host.pem", Err(()));
    check_with(Mscapi, CertificateKey, "anything", Ok("anything"));
    check_with(Mscapi, TrustedCa, "Root", Ok("Root"));
    check_with(Jks, Certificate, "/k.jks", Ok("/k.jks"));
    check_with(
        Jks,
        Certificate,
        "C:\\C#\\k.jks#host",
        Ok("C:\\C#\\k.jks#host"),
    );
    check_with(Jks, Certificate, "C:\\C#\\k.jks", Ok("C:\\C#\\k.jks"));
    check_with(Jks, Certificate, "k.jks#host", Err(()));
    check_with(Pkcs12, Certificate, "/k.p12#", Err(()));
    check_with(Pkcs12, TrustedCa, "/t.p12", Ok("/t.p12"));
    check_with(
        Pkcs11,
        Certificate,
        "pkcs11:object=host",
        Ok("pkcs11:object=host"),
    );
    check_with(Pkcs11, Certificate, "/host.pem", Err(()));
}

#[test]
fn a_near_word_is_named() {
    let near = |text: &str| match parse(
        OptionId::Provider.row(),
        text,
        context(PathBase::Nowhere, Provider::Pem),
    ) {
        Err(InvalidValue::Word { near, .. }) => near,
        Ok(_) | Err(_) => None,
    };
    assert_eq!(near("PKCS13"), Some("PKCS12"));
    assert_eq!(near("store"), None);
}

#[test]
fn relative_paths_start_at_the_folder_if_there_is_one() {
    let base = context(PathBase::Folder(Path::new("/srv")), Provider::Pem);
    let parsed = parse(OptionId::TrustedCa.row(), "ca.pem", base).map(|parsed| parsed.value);
    assert_eq!(
        parsed.map(|v| v.shown(ValueKind::Path)),
        Ok("/srv/ca.pem".to_owned())
    );
}

/// Every word the table lists has its type: none falls through to `Other`.
#[test]
fn every_word_of_the_table_is_typed() {
    for row in &OPTIONS {
        let ValueKind::Words(words) = row.values else {
            continue;
        };
        for word in words {
            let parsed = parse(row, word, context(PathBase::Nowhere, Provider::Pem));
            let other = matches!(parsed.as_ref().map(|p| &p.value), Ok(Value::Other(_)));
            assert!(!other, "{} {word:?}", row.name);
        }
    }
}
