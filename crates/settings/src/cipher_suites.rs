//! `cipher-list`: which of our engine's suites are allowed, from names and list words.
//!
//! The suites are data here, by their names: the engine that has them, and whoever predicts what it will do, read
//! lists alike.
//! A list is read as OpenSSL's `ciphers(1)` has it: words add suites, `!` bars them for good, `-`
//! takes them out, `+` puts them last, `A+B` is what both name; `@` begins a command, alone or right
//! behind a word. Names count in OpenSSL's and in
//! IANA's form. Suites of TLS 1.3 stay unless the list names one of them.
//!
//! Invariant: a word never allows a suite that it does not name.

pub mod others;

use trustpack_x509::public_key::PublicKeyAlgorithm;

use crate::value::{CipherList, ProtocolVersion};

/// What a list allows.
#[derive(Debug)]
pub struct Allowed {
    /// The suites, the preferred first.
    pub suites: Vec<&'static Suite>,
    /// Words that name nothing the engine has.
    pub unknown: Vec<String>,
    /// The suite that FIPS 140 has not and that stays beside the word `FIPS`.
    pub beside_fips: Option<&'static str>,
}

/// A suite of our engine, and what lists call it.
#[derive(Debug)]
pub struct Suite {
    /// Its name in IANA's registry.
    pub iana: &'static str,
    openssl: &'static str,
    /// The version it is of.
    pub version: ProtocolVersion,
    /// Bits of its cipher, for `@STRENGTH`.
    bits: u16,
    /// List words that name it.
    words: &'static [&'static str],
}

impl Suite {
    /// What OpenSSL calls it, and lists do.
    #[must_use]
    pub fn openssl(&self) -> &'static str {
        self.openssl
    }

    /// Whether a server with such a key can use it. Those of TLS 1.3 say nothing about keys.
    ///
    /// Source: RFC 5246 section 7.4.2; RFC 8422 section 2.2, which has Ed25519 among the ECDSA ones.
    #[must_use]
    pub fn fits(&self, key: &PublicKeyAlgorithm) -> bool {
        let rsa = matches!(key, PublicKeyAlgorithm::Rsa { .. });
        match self.version {
            ProtocolVersion::Tls13 => true,
            ProtocolVersion::Tls12 => self.words.contains(&"aRSA") == rsa,
        }
    }
}

/// List words that name every suite of TLS 1.2 that the engine has: all are ephemeral and AEAD.
///
/// Source: OpenSSL's `ciphers(1)`, section CIPHER STRINGS.
const COMMON: &[&str] = &[
    "ALL", "DEFAULT", "HIGH", "TLSv1.2", "ECDHE", "EECDH", "kECDHE", "kEECDH",
];

/// The list word for what FIPS 140 allows. It says nothing about TLS 1.3.
const FIPS: &str = "FIPS";

/// The suite of TLS 1.3 that FIPS 140 has not.
const CHACHA20_OF_13: &str = "TLS_CHACHA20_POLY1305_SHA256";

/// The preferred first: AES with 128 bits and SHA-256, which processors have instructions for, is as far out of reach of
/// anybody as the longer ones, and takes less time.
///
/// Source: the order of Mozilla's recommendations for servers ("Server Side TLS" 5.7).
const SUITES: &[Suite] = &[
    Suite {
        iana: "TLS_AES_128_GCM_SHA256",
        openssl: "TLS_AES_128_GCM_SHA256",
        version: ProtocolVersion::Tls13,
        bits: 128,
        words: &[],
    },
    Suite {
        iana: "TLS_AES_256_GCM_SHA384",
        openssl: "TLS_AES_256_GCM_SHA384",
        version: ProtocolVersion::Tls13,
        bits: 256,
        words: &[],
    },
    Suite {
        iana: CHACHA20_OF_13,
        openssl: CHACHA20_OF_13,
        version: ProtocolVersion::Tls13,
        bits: 256,
        words: &[],
    },
    Suite {
        iana: "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
        openssl: "ECDHE-ECDSA-AES128-GCM-SHA256",
        version: ProtocolVersion::Tls12,
        bits: 128,
        words: &["ECDSA", "aECDSA", "AES", "AES128", "AESGCM", FIPS],
    },
    Suite {
        iana: "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
        openssl: "ECDHE-ECDSA-AES256-GCM-SHA384",
        version: ProtocolVersion::Tls12,
        bits: 256,
        words: &["ECDSA", "aECDSA", "AES", "AES256", "AESGCM", FIPS],
    },
    Suite {
        iana: "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
        openssl: "ECDHE-ECDSA-CHACHA20-POLY1305",
        version: ProtocolVersion::Tls12,
        bits: 256,
        words: &["ECDSA", "aECDSA", "CHACHA20"],
    },
    Suite {
        iana: "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
        openssl: "ECDHE-RSA-AES128-GCM-SHA256",
        version: ProtocolVersion::Tls12,
        bits: 128,
        words: &["aRSA", "AES", "AES128", "AESGCM", FIPS],
    },
    Suite {
        iana: "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
        openssl: "ECDHE-RSA-AES256-GCM-SHA384",
        version: ProtocolVersion::Tls12,
        bits: 256,
        words: &["aRSA", "AES", "AES256", "AESGCM", FIPS],
    },
    Suite {
        iana: "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
        openssl: "ECDHE-RSA-CHACHA20-POLY1305",
        version: ProtocolVersion::Tls12,
        bits: 256,
        words: &["aRSA", "CHACHA20"],
    },
];

/// Every suite of the engine, the preferred first: what an endpoint without a list gets.
#[must_use]
pub fn everything() -> Vec<&'static Suite> {
    SUITES.iter().collect()
}

/// The names of the engine's suites as OpenSSL has them, for messages.
#[must_use]
pub fn names() -> String {
    SUITES
        .iter()
        .map(|suite| suite.openssl)
        .collect::<Vec<_>>()
        .join(", ")
}

/// What OpenSSL calls the suite that has this name in IANA's registry, if the engine has it.
#[must_use]
pub fn openssl_name(iana: &str) -> Option<&'static str> {
    let suite = SUITES.iter().find(|suite| suite.iana == iana)?;
    Some(suite.openssl)
}

/// What `list` allows.
#[must_use]
pub fn read(list: &CipherList) -> Allowed {
    let mut reading = Reading::default();
    for word in list.words() {
        reading.word(word);
    }
    reading.finish()
}

/// A list while it is read.
#[derive(Default)]
struct Reading {
    chosen: Vec<&'static Suite>,
    barred: Vec<&'static Suite>,
    unknown: Vec<String>,
    /// Whether the word `FIPS` adds suites.
    asks_for_fips: bool,
}

impl Reading {
    /// A word, and the command that may stand right behind it.
    fn word(&mut self, word: &str) {
        let (suites, command) = match word.split_once('@') {
            Some((suites, command)) => (suites, Some(command)),
            None => (word, None),
        };
        if !suites.is_empty() {
            self.suites(suites);
        }
        if let Some(command) = command {
            self.command(command);
        }
    }

    fn suites(&mut self, word: &str) {
        if let Some(rest) = word.strip_prefix('!') {
            let named = named_by(rest);
            self.take_out(&named);
            self.barred.extend(named);
        } else if let Some(rest) = word.strip_prefix('-') {
            self.take_out(&named_by(rest));
        } else if let Some(rest) = word.strip_prefix('+') {
            let named = named_by(rest);
            let (moved, kept) = self
                .chosen
                .iter()
                .partition(|suite| contains(&named, suite));
            self.chosen = kept;
            self.chosen.extend::<Vec<_>>(moved);
        } else {
            let named = named_by(word);
            self.asks_for_fips |= word.split('+').any(|word| word == FIPS);
            // Taking out what is not there is no mistake; asking for it is one.
            if named.is_empty() {
                self.unknown.push(word.to_owned());
            }
            for suite in named {
                if !contains(&self.chosen, suite) && !contains(&self.barred, suite) {
                    self.chosen.push(suite);
                }
            }
        }
    }

    fn command(&mut self, command: &str) {
        if command == "STRENGTH" {
            self.chosen
                .sort_by_key(|suite| std::cmp::Reverse(suite.bits));
        } else if !command.starts_with("SECLEVEL=") {
            // Every suite of the engine is above the highest level that is in use.
            self.unknown.push(format!("@{command}"));
        }
    }

    fn take_out(&mut self, named: &[&'static Suite]) {
        self.chosen.retain(|suite| !contains(named, suite));
    }

    fn finish(self) -> Allowed {
        let names_13 = self
            .chosen
            .iter()
            .any(|suite| suite.version == ProtocolVersion::Tls13);
        let of_13 = SUITES.iter().filter(|suite| {
            suite.version == ProtocolVersion::Tls13 && !names_13 && !contains(&self.barred, suite)
        });
        let suites: Vec<&'static Suite> = of_13.chain(self.chosen.iter().copied()).collect();
        // Only TLS 1.3 can bring it in unasked: whoever names it has decided.
        let beside_fips = suites
            .iter()
            .find(|suite| !names_13 && suite.iana == CHACHA20_OF_13)
            .filter(|_| self.asks_for_fips)
            .map(|suite| suite.iana);
        Allowed {
            suites,
            unknown: self.unknown,
            beside_fips,
        }
    }
}

/// The suites that a name, a word or several joined by `+` name.
fn named_by(text: &str) -> Vec<&'static Suite> {
    SUITES
        .iter()
        .filter(|suite| {
            suite.iana == text
                || suite.openssl == text
                || text.split('+').all(|word| {
                    suite.words.contains(&word)
                        || (suite.version == ProtocolVersion::Tls12 && COMMON.contains(&word))
                })
        })
        .collect()
}

fn contains(suites: &[&'static Suite], suite: &Suite) -> bool {
    suites.iter().any(|other| other.iana == suite.iana)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The suites of TLS 1.2 by OpenSSL's names, and how many of TLS 1.3.
    #[track_caller]
    fn check(text: &str, want: &[&str], of_13: usize, unknown: &[&str]) {
        let list = CipherList::parse(text).expect("a list with a word");
        let allowed = read(&list);
        let named: Vec<_> = allowed
            .suites
            .iter()
            .map(|s| (s.openssl, s.version))
            .collect();
        let of_12: Vec<_> = named
            .iter()
            .filter(|(_, v)| *v == ProtocolVersion::Tls12)
            .map(|(n, _)| *n)
            .collect();
        assert_eq!(of_12, want, "{text}");
        assert_eq!(named.len() - of_12.len(), of_13, "{text}");
        assert_eq!(allowed.unknown, unknown, "{text}");
    }

    #[test]
    fn names_count_in_both_forms() {
        check(
            "ECDHE-RSA-AES256-GCM-SHA384",
            &["ECDHE-RSA-AES256-GCM-SHA384"],
            3,
            &[],
        );
        check(
            "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
            &["ECDHE-RSA-AES128-GCM-SHA256"],
            3,
            &[],
        );
        check("TLS_AES_128_GCM_SHA256", &[], 1, &[]);
    }

    #[test]
    fn words_select_order_and_bar() {
        let both = [
            "ECDHE-ECDSA-CHACHA20-POLY1305",
            "ECDHE-RSA-CHACHA20-POLY1305",
        ];
        check("CHACHA20", &both, 3, &[]);
        check("CHACHA20:!aRSA:ALL:-AES", &both[..1], 3, &[]);
        check("aRSA+AES128", &["ECDHE-RSA-AES128-GCM-SHA256"], 3, &[]);
        check(
            "aRSA+AESGCM:+AES256",
            &["ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-AES256-GCM-SHA384"],
            3,
            &[],
        );
        check(
            "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384:@STRENGTH",
            &["ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-RSA-AES128-GCM-SHA256"],
            3,
            &[],
        );
        check("HIGH:!aNULL:!MD5:@SECLEVEL=2", &SUITES_12, 3, &[]);
    }

    const SUITES_12: [&str; 6] = [
        "ECDHE-ECDSA-AES128-GCM-SHA256",
        "ECDHE-ECDSA-AES256-GCM-SHA384",
        "ECDHE-ECDSA-CHACHA20-POLY1305",
        "ECDHE-RSA-AES128-GCM-SHA256",
        "ECDHE-RSA-AES256-GCM-SHA384",
        "ECDHE-RSA-CHACHA20-POLY1305",
    ];

    #[test]
    fn a_command_may_stand_right_behind_a_word() {
        check("DEFAULT@SECLEVEL=1", &SUITES_12, 3, &[]);
        check(
            "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384@STRENGTH",
            &["ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-RSA-AES128-GCM-SHA256"],
            3,
            &[],
        );
        check("DEFAULT@FOO", &SUITES_12, 3, &["@FOO"]);
        check("RC4@SECLEVEL=0", &[], 3, &["RC4"]);
    }

    #[test]
    fn fips_is_aes_only_and_says_what_stays_beside_it() {
        let gcm = SUITES_12.map(|name| name.contains("GCM").then_some(name));
        let gcm: Vec<_> = gcm.into_iter().flatten().collect();
        check("FIPS", &gcm, 3, &[]);
        let beside =
            |text: &str| read(&CipherList::parse(text).expect("a list with a word")).beside_fips;
        assert_eq!(beside("FIPS"), Some(CHACHA20_OF_13));
        assert_eq!(beside("aRSA+FIPS@SECLEVEL=2"), Some(CHACHA20_OF_13));
        assert_eq!(beside("FIPS:!TLS_CHACHA20_POLY1305_SHA256"), None);
        assert_eq!(beside("FIPS:TLS_CHACHA20_POLY1305_SHA256"), None);
        assert_eq!(beside("DEFAULT:!FIPS"), None);
        assert_eq!(beside("DEFAULT"), None);
    }

    #[test]
    fn what_the_engine_has_not_is_named() {
        check("RC4-SHA:AES128-SHA", &[], 3, &["RC4-SHA", "AES128-SHA"]);
        check("ecdhe", &[], 3, &["ecdhe"]);
        check("@FOO", &[], 3, &["@FOO"]);
        check("!TLS_AES_128_GCM_SHA256:RC4", &[], 2, &["RC4"]);
    }
}
