//! What lists of others say.

use super::*;

#[track_caller]
fn check(list: &str, engine: Engine, unknown: &[&str], is_nothing_left: bool) {
    let read = read(
        &CipherList::parse(list).expect("a list with a word"),
        engine,
    );
    assert_eq!(read.unknown, unknown, "{list}");
    assert_eq!(read.is_nothing_left, is_nothing_left, "{list}");
}

#[test]
fn names_and_words_of_others_are_known() {
    for known in [
        "HIGH:!aNULL:!MD5@STRENGTH",
        "DEFAULT@SECLEVEL=1",
        "ECDHE+AESGCM:RC4-SHA",
        "DHE-RSA-CAMELLIA256-SHA:EDH-DSS-DES-CBC3-SHA:ECDHE-ECDSA-AES128-CCM8",
        "PSK-AES128-CBC-SHA:TLS_AES_128_CCM_8_SHA256:TLS_RSA_WITH_3DES_EDE_CBC_SHA",
        "ECDHE-RSA-CHACHA20-POLY1305:TLS_DH_anon_WITH_AES_128_CBC_SHA",
        "HIGH,MEDIUM",
        "AES256-SHA256,AES128-SHA",
        "PROFILE=SYSTEM",
        "GOST2012-GOST8912-GOST8912:GOST2001-GOST89-GOST89",
    ] {
        check(known, Engine::Openssl, &[], false);
    }
    for known in [
        "SSL_RSA_WITH_3DES_EDE_CBC_SHA:SSL_DH_anon_EXPORT_WITH_RC4_40_MD5",
        "TLS_EMPTY_RENEGOTIATION_INFO_SCSV",
    ] {
        check(known, Engine::Jsse, &[], false);
    }
    let of_windows = "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256_P256";
    check(of_windows, Engine::Schannel, &[], false);
}

#[test]
fn what_is_taken_away_again_is_not_left() {
    for nothing in [
        "HIGH:!ALL",
        "ALL:-ALL",
        "!HIGH:HIGH",
        "AES128-SHA:!AES128-SHA",
    ] {
        check(nothing, Engine::Openssl, &[], true);
    }
    for left in ["HIGH:!MD5", "-ALL:HIGH", "HIGH:-ALL:HIGH", "ALL:!HIGH"] {
        check(left, Engine::Openssl, &[], false);
    }
}

#[test]
fn what_nobody_has_is_named_and_nothing_left_is_said() {
    let (made_up, openssl) = ("NONSENSE:FOO", Engine::Openssl);
    check(made_up, openssl, &["NONSENSE", "FOO"], true);
    check("HIGH:NONSENSE", openssl, &["NONSENSE"], false);
    check("AES123-SHA:high", openssl, &["AES123-SHA", "high"], true);
    check("!RC4:!aNULL", openssl, &[], true);
    check("!NONSENSE:HIGH", openssl, &[], false);
    check("SHA", openssl, &[], false);
    check("-SHA:AES-", openssl, &["AES-"], true);
    for made_up in ["RSA-RSA-SHA", "SHA-SHA", "AES-AES-AES-8"] {
        check(made_up, openssl, &[made_up], true);
    }
}

#[test]
fn each_engine_has_its_own() {
    let camellia = "DHE-RSA-CAMELLIA256-SHA:ECDHE-RSA-AES128-GCM-SHA256";
    check(camellia, Engine::Openssl, &[], false);
    for engine in [Engine::Schannel, Engine::Jsse] {
        check(camellia, engine, &["DHE-RSA-CAMELLIA256-SHA"], false);
    }
    let psk = "TLS_PSK_WITH_AES_128_GCM_SHA256";
    check(psk, Engine::Schannel, &[], false);
    check(psk, Engine::Jsse, &[psk], true);
}

#[test]
fn what_a_message_names_is_known() {
    for engine in [Engine::Openssl, Engine::Schannel, Engine::Jsse] {
        let names = names(engine).replace(", ", ":");
        check(&names, engine, &[], false);
    }
}

#[test]
fn lists_of_tls13_alone() {
    for (list, want) in [
        ("TLS_AES_128_GCM_SHA256", true),
        ("TLS_AES_256_GCM_SHA384,TLS_CHACHA20_POLY1305_SHA256", true),
        ("TLS_AES_128_GCM_SHA256:!aNULL", true),
        ("TLS_AES_128_GCM_SHA256:NONSENSE", true),
        ("@STRENGTH:TLS_AES_128_GCM_SHA256", true),
        ("HIGH:TLS_AES_128_GCM_SHA256:-HIGH", true),
        ("NONSENSE", false),
        ("TLS_AES_128_GCM_SHA256:TLS_AES_128_CCM_8_SHA256", true),
        (
            "TLS_AES_128_GCM_SHA256:ECDHE-ECDSA-AES128-GCM-SHA256",
            false,
        ),
        ("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", false),
        ("HIGH:!TLS_AES_128_GCM_SHA256", false),
    ] {
        let read = CipherList::parse(list).expect("a list with a word");
        let read = super::read(&read, Engine::Openssl);
        assert_eq!(read.is_of_tls13_alone, want, "{list}");
    }
}
