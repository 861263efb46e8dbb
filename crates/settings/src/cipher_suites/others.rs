//! `cipher-list` of engines that are not ours: which of its words they cannot know, and whether anything is left.
//!
//! What a build of OpenSSL, Java or Windows has is for its machine to say; here is what any of them ever had. A name is
//! known by its parts, so that no table has to keep up with them.
//! Invariant: no name that some release of the engine has is said to be unknown.

use crate::endpoint::Engine;
use crate::value::CipherList;

/// What an engine that is not ours makes of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Words that name nothing the engine can have.
    pub unknown: Vec<String>,
    /// Whether no word of the list adds anything.
    pub is_nothing_left: bool,
}

/// What `engine`, which is not ours, makes of `list`.
#[must_use]
pub fn read(list: &CipherList, engine: Engine) -> Reading {
    let (mut unknown, mut adds) = (Vec::new(), false);
    for word in list.words() {
        // A command, alone or right behind a word.
        let suites = word.split('@').next().unwrap_or_default();
        if suites.is_empty() || suites.starts_with(['!', '-', '+']) {
            continue;
        }
        if is_known(suites, engine) {
            adds = true;
        } else {
            unknown.push(suites.to_owned());
        }
    }
    Reading {
        unknown,
        is_nothing_left: !adds,
    }
}

/// Suites that today's releases of the engine have, for messages.
#[must_use]
pub fn names(engine: Engine) -> String {
    const TLS13: &[&str] = &["TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256"];
    const TLS12: &[(&str, &str)] = &[
        (
            "ECDHE-ECDSA-AES256-GCM-SHA384",
            "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
        ),
        (
            "ECDHE-ECDSA-AES128-GCM-SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
        ),
        (
            "ECDHE-RSA-AES256-GCM-SHA384",
            "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
        ),
        (
            "ECDHE-RSA-AES128-GCM-SHA256",
            "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
        ),
    ];
    let of_12 = TLS12.iter().map(|(openssl, iana)| match engine {
        Engine::Trustpack | Engine::Openssl => *openssl,
        Engine::Schannel | Engine::Jsse => *iana,
    });
    let names: Vec<&str> = TLS13.iter().copied().chain(of_12).collect();
    names.join(", ")
}

fn is_known(text: &str, engine: Engine) -> bool {
    let parts = parts_of(text);
    let is_name = parts.is_some_and(|parts| !parts.iter().any(|part| lacks(engine, part)));
    is_name || text.split('+').all(|word| WORDS.contains(&word))
}

/// The parts of a name of a suite, in OpenSSL's form or in IANA's; `None` if it is no such name.
fn parts_of(name: &str) -> Option<Vec<&str>> {
    let parts: Vec<&str> = match name.strip_prefix("TLS_") {
        Some(rest) => rest.split('_').collect(),
        None => name.split('-').collect(),
    };
    let ends_well = parts.last().is_some_and(|last| LAST.contains(last));
    let known = |part: &&str| PARTS.contains(part) || LAST.contains(part);
    (parts.len() > 1 && ends_well && parts.iter().all(known)).then_some(parts)
}

/// Whether no release of the engine has suites with such a part.
///
/// Source: Microsoft's "TLS Cipher Suites" for each version of Windows; the list of Java's `SunJSSE` provider.
fn lacks(engine: Engine, part: &str) -> bool {
    match engine {
        Engine::Trustpack | Engine::Openssl => false,
        Engine::Schannel => {
            part.starts_with("CAMELLIA")
                || part.starts_with("ARIA")
                || part.starts_with("CCM")
                || ["SEED", "IDEA", "KRB5", "SRP"].contains(&part)
        }
        Engine::Jsse => {
            part.starts_with("CAMELLIA")
                || part.starts_with("ARIA")
                || part.starts_with("CCM")
                || ["SEED", "IDEA", "PSK", "SRP"].contains(&part)
        }
    }
}

/// What names of suites are made of.
///
/// Source: the IANA registry of TLS cipher suites, and OpenSSL's `ciphers(1)` with its changes since 0.9.8.
const PARTS: &[&str] = &[
    "ECDHE",
    "ECDH",
    "EECDH",
    "DHE",
    "EDH",
    "DH",
    "ADH",
    "AECDH",
    "ANON",
    "anon",
    "RSA",
    "DSS",
    "ECDSA",
    "PSK",
    "SRP",
    "KRB5",
    "EXP",
    "EXPORT",
    "EXP1024",
    "EXPORT1024",
    "WITH",
    "AES",
    "AES128",
    "AES256",
    "128",
    "256",
    "40",
    "56",
    "CBC",
    "GCM",
    "CHACHA20",
    "CAMELLIA",
    "CAMELLIA128",
    "CAMELLIA256",
    "ARIA",
    "ARIA128",
    "ARIA256",
    "SEED",
    "IDEA",
    "RC4",
    "RC2",
    "DES",
    "DES40",
    "CBC3",
    "3DES",
    "EDE",
    "NULL",
    "POLY1305",
    "CCM",
];

/// What they end with.
const LAST: &[&str] = &[
    "SHA", "SHA256", "SHA384", "MD5", "POLY1305", "CCM", "CCM8", "8",
];

/// The words of lists.
///
/// Source: OpenSSL's `ciphers(1)`, section CIPHER STRINGS.
const WORDS: &[&str] = &[
    "DEFAULT",
    "COMPLEMENTOFDEFAULT",
    "ALL",
    "COMPLEMENTOFALL",
    "HIGH",
    "MEDIUM",
    "LOW",
    "EXP",
    "EXPORT",
    "EXPORT40",
    "EXPORT56",
    "eNULL",
    "NULL",
    "aNULL",
    "kRSA",
    "aRSA",
    "RSA",
    "kDHr",
    "kDHd",
    "kDH",
    "kDHE",
    "kEDH",
    "DH",
    "DHE",
    "EDH",
    "ADH",
    "kEECDH",
    "kECDHE",
    "kECDHr",
    "kECDHe",
    "kECDH",
    "ECDH",
    "ECDHE",
    "EECDH",
    "AECDH",
    "aDSS",
    "DSS",
    "aDH",
    "aECDH",
    "aECDSA",
    "ECDSA",
    "SSLv2",
    "SSLv3",
    "TLSv1",
    "TLSv1.0",
    "TLSv1.2",
    "AES128",
    "AES256",
    "AES",
    "AESGCM",
    "AESCCM",
    "AESCCM8",
    "ARIA128",
    "ARIA256",
    "ARIA",
    "CAMELLIA128",
    "CAMELLIA256",
    "CAMELLIA",
    "CHACHA20",
    "3DES",
    "DES",
    "RC4",
    "RC2",
    "IDEA",
    "SEED",
    "MD5",
    "SHA1",
    "SHA",
    "SHA256",
    "SHA384",
    "aGOST",
    "aGOST01",
    "kGOST",
    "GOST94",
    "GOST89MAC",
    "PSK",
    "kPSK",
    "kECDHEPSK",
    "kDHEPSK",
    "kRSAPSK",
    "aPSK",
    "SRP",
    "kSRP",
    "aSRP",
    "SUITEB128",
    "SUITEB128ONLY",
    "SUITEB192",
    "CBC",
    "FIPS",
];

#[cfg(test)]
mod tests {
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
        ] {
            check(known, Engine::Openssl, &[], false);
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
}
