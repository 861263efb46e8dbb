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
    /// Whether what it adds is suites of TLS 1.3 alone. OpenSSL's `SSL_CTX_set_cipher_list` takes no such list ("no cipher
    /// match"), and has these suites whatever is in it; a program may put them to `SSL_CTX_set_ciphersuites` instead.
    ///
    /// Source: OpenSSL 1.1.1 to 3.5, `ssl/ssl_lib.c`: a list without a suite of TLS 1.2 or older is an error.
    pub is_of_tls13_alone: bool,
}

/// What `engine`, which is not ours, makes of `list`.
#[must_use]
pub fn read(list: &CipherList, engine: Engine) -> Reading {
    let mut unknown = Vec::new();
    let (mut added, mut killed): (Vec<&str>, Vec<&str>) = (Vec::new(), Vec::new());
    // OpenSSL takes commas between words too.
    for word in list.words().iter().flat_map(|word| word.split(',')) {
        // A command, alone or right behind a word.
        let suites = word.split('@').next().unwrap_or_default();
        if let Some(gone) = suites.strip_prefix('!') {
            killed.push(gone);
            added.retain(|word| !takes(gone, word));
        } else if let Some(gone) = suites.strip_prefix('-') {
            added.retain(|word| !takes(gone, word));
        } else if suites.is_empty() || suites.starts_with('+') {
            // It adds nothing, and takes nothing away.
        } else if !is_known(suites, engine) {
            unknown.push(suites.to_owned());
        } else if !killed.iter().any(|gone| takes(gone, suites)) {
            added.push(suites);
        }
    }
    Reading {
        unknown,
        is_nothing_left: added.is_empty(),
        is_of_tls13_alone: !added.is_empty() && added.iter().all(|word| is_of_tls13(word)),
    }
}

/// Names of older versions say with what keys are agreed on, before `WITH`.
fn is_of_tls13(word: &str) -> bool {
    word.starts_with("TLS_") && !word.contains("_WITH_")
}

/// Whether nothing of `word` is left where `gone` is taken away: of other words it is not known which suites they share.
fn takes(gone: &str, word: &str) -> bool {
    gone == "ALL" || gone == word
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
    // In a list for OpenSSL those of TLS 1.3 say nothing, which it always has.
    let of_13 = match engine {
        Engine::Openssl => &[],
        Engine::Trustpack | Engine::Schannel | Engine::Jsse => TLS13,
    };
    let names: Vec<&str> = of_13.iter().copied().chain(of_12).collect();
    names.join(", ")
}

fn is_known(text: &str, engine: Engine) -> bool {
    let parts = parts_of(text);
    let is_name = parts.is_some_and(|parts| !parts.iter().any(|part| lacks(engine, part)));
    is_name
        || SIGNALS.contains(&text)
        || text.starts_with(PROFILE)
        || text.split('+').all(|word| WORDS.contains(&word))
}

/// The parts of a name of a suite, in OpenSSL's form or in IANA's; `None` if it is no such name.
fn parts_of(name: &str) -> Option<Vec<&str>> {
    // Java has the names of old from when they were of SSL, and Windows had a curve behind each.
    let iana = ["TLS_", "SSL_"]
        .into_iter()
        .find_map(|head| name.strip_prefix(head));
    let mut parts: Vec<&str> = match iana {
        Some(rest) => rest.split('_').collect(),
        None => name.split('-').collect(),
    };
    let has_curve = parts.last().is_some_and(|last| CURVES.contains(last));
    if iana.is_some() && has_curve {
        parts.pop();
    }
    let ends_well = parts.last().is_some_and(|last| LAST.contains(last));
    let known = |part: &&str| PARTS.contains(part) || LAST.contains(part);
    // Only those of GOST have the same word for the cipher and for the digest.
    let is_repeated = |at: usize, part: &str| {
        !part.starts_with("GOST") && parts.iter().skip(at + 1).any(|other| *other == part)
    };
    let mut each = parts.iter().enumerate();
    let repeats = each.any(|(at, part)| is_repeated(at, part));
    (parts.len() > 1 && ends_well && !repeats && parts.iter().all(known)).then_some(parts)
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
    "GOST2001",
    "GOST2012",
    "GOSTR341001",
    "GOSTR341112",
    "KUZNYECHIK",
    "MAGMA",
    "28147",
    "CTR",
    "CNT",
];

/// What they end with.
const LAST: &[&str] = &[
    "SHA", "SHA256", "SHA384", "MD5", "POLY1305", "CCM", "CCM8", "8", "GOST94", "GOST89",
    "GOST8912", "GOST12", "IMIT", "OMAC",
];

/// What stood behind them on Windows before version 10.
///
/// Source: Microsoft's "TLS Cipher Suites in Windows 7", and in 8.1.
const CURVES: &[&str] = &["P256", "P384", "P521"];

/// Signals that stand among suites: RFC 5746 section 3.3, RFC 7507 section 2.
const SIGNALS: &[&str] = &["TLS_EMPTY_RENEGOTIATION_INFO_SCSV", "TLS_FALLBACK_SCSV"];

/// A list that the system keeps elsewhere, in the builds of Red Hat.
const PROFILE: &str = "PROFILE=";

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
mod tests;
