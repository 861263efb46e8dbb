//! What has to be done at each end of two that have something not in common.
//!
//! Invariant: of a choice only that is named with which the client, as it is limited, comes to an agreement; where there is no such
//! thing, the client is to be changed too.

use std::fmt;

use trustpack_settings::endpoint::Endpoint;
use trustpack_settings::options::OptionId;
use trustpack_settings::value::ProtocolVersion;
use trustpack_x509::public_key::PublicKeyAlgorithm;

use super::super::client::{Limits, Named};
use super::super::{At, Who, common};
use crate::survey::key::Key;
use crate::survey::lack::{Ephemeral, KeyExchange, Keys, Lacks, Missing, OldSuite};
use crate::survey::suites::{Auth, Suite};

const VERSION: &str = "let it take TLS 1.2 or TLS 1.3, or update it; nothing older is spoken here; TLS 1.2 wants suites with ECDHE and \
                       AES-GCM or ChaCha20-Poly1305 that fit its key, and both want the group X25519 or P-256";
const SUITES: &str = "suites with ECDHE and AES-GCM or ChaCha20-Poly1305";
const OF_TLS13: &str = "TLS_AES_128_GCM_SHA256";
const GROUP: &str = "let it take X25519 or P-256 too, which every program of today has";
const GROUP_PERHAPS: &str = "if it takes neither X25519 nor P-256 for the key exchange yet, let it";
const VERIFIED: &str = "whose signatures every program verifies";
const A_KEY: &str = "give it a certificate with a P-256 or RSA key, if it has none";
const RSA: &str = "RSA (rsaEncryption) from 2048 bits";
const DIGEST: &str =
    "let it sign with SHA-256 too (its signature algorithms), as every program of today does";
const FITTING: &str = "suites with RSA for an RSA key, with ECDSA for one on an elliptic curve";
const OTHERWISE: &str = "and that it takes X25519 or P-256, and signs with SHA-256; if all that is so, its log says what else it wants";
const LOG: &str = "look at its log, which may say what it has against a client that it could agree with; if that is about \
                   signatures, which TLS 1.3 does not show: ";

/// What has to be done, all of it.
#[derive(Debug, Default)]
pub(in crate::explain) struct Todo {
    client: Vec<String>,
    server: Vec<String>,
}

impl Todo {
    /// Where these things are missing.
    pub(in crate::explain) fn of(lacks: &Lacks, limits: &Limits<'_>) -> Self {
        let mut todo = Self::default();
        let wants_key = lacks.missing.iter().any(wants_key);
        let suite = lacks.missing.iter().find_map(Missing::suite);
        let is_not_allowed = |one: &Missing| one.allowed_suite().is_some();
        // With a key of the other kind, and suites for it, the client has all it needs.
        let instead = lacks
            .missing
            .iter()
            .any(is_not_allowed)
            .then(|| other_kind(lacks.keys, limits));
        let instead = instead.flatten().filter(|_| wants_key);
        // What is to be thrown out comes first, then what is to be added.
        if let Some(key) = &instead {
            todo.server.push(with_key(key, limits));
        } else if wants_key {
            let is_anonymous = suite.is_some_and(|suite| suite.chosen.auth() == Auth::Nobody);
            todo.server.push(match is_anonymous {
                true => A_KEY.to_owned(),
                false => another_key(lacks.keys, suite.is_none(), limits),
            });
        }
        if let Some(suite) = suite {
            let key = suite.key.filter(|_| !wants_key);
            todo.suites(OldSuite { key, ..suite }, limits);
        }
        for one in &lacks.missing {
            if instead.is_none() || !is_not_allowed(one) {
                todo.one(one, limits);
            }
        }
        todo
    }

    /// Where the server takes nothing at all: what it must have to take anything, which nobody sees but itself.
    pub(in crate::explain) fn of_everything(limits: &Limits<'_>) -> Self {
        let fits = common::fits_key(Who::SERVER, ProtocolVersion::Tls12, limits.ends);
        let key = common::key(Who::SERVER, limits.ends);
        let own = limits.ends.option(Who::SERVER, OptionId::CipherList);
        let mut todo = Self::default();
        match (with_list(limits), key) {
            (Some(_), Some(key)) if fits == Some(false) => {
                let suite = limits.suite_for(auth_of(key));
                let such = suite.map_or(FITTING, |suite| suite.name);
                todo.server.push(format!(
                    "take {own} out, or add suites to it that fit the key in its certificate, which is {key}, such as {such}"
                ));
                todo.at_client(suite, limits);
            }
            (Some(_), None) => todo.server.push(format!(
                "take {own} out, or add suites to it that fit the key in its certificate: {FITTING}; see that this is a key of P-256 or \
                 RSA, {OTHERWISE}{}",
                as_allowed(limits)
            )),
            (_, _) => todo.server.push(format!(
                "see that it has a certificate with its key, and that its suites and signature algorithms fit the key in its certificate, {FITTING}; that this is a key of P-256 or \
                 RSA; that it takes TLS 1.2, or TLS 1.3 with {OF_TLS13}; {OTHERWISE}{}",
                as_allowed(limits)
            )),
        }
        todo
    }

    /// Where nothing is seen to be missing.
    pub(in crate::explain) fn of_nothing(limits: &Limits<'_>) -> Self {
        let key = another_key(Keys::Any, true, limits);
        Self {
            client: Vec::new(),
            server: vec![format!("{LOG}{key}; or {DIGEST}")],
        }
    }

    pub(in crate::explain) fn at(&self) -> At {
        match (self.client.is_empty(), self.server.is_empty()) {
            (true, _) => At::End(Who::SERVER),
            (false, true) => At::End(Who::CLIENT),
            (false, false) => At::Both,
        }
    }

    /// The same, said of the server: what has to be done there, and at the client with it.
    pub(in crate::explain) fn server_first(&self) -> String {
        let server = self.server.join("; and ");
        match &self.client[..] {
            [] => server,
            client => format!("{server}; and {}", client.join("; and ")),
        }
    }

    fn one(&mut self, missing: &Missing, limits: &Limits<'_>) {
        match missing {
            Missing::AllowedVersion(version) => self.client.extend(limits.widened(*version)),
            Missing::AllowedSuite(suite) => self.client.push(limits.with_suite(suite.name)),
            Missing::Version(_) => self.server.push(format!("{VERSION}{}", as_allowed(limits))),
            Missing::Group(_) => self.server.push(GROUP.to_owned()),
            Missing::Curve(_, KeyExchange::OnThatCurve) => {
                self.server.push(GROUP_PERHAPS.to_owned());
            }
            Missing::Signature(signature) if signature.has_digest_of_old() => {
                self.server.push(DIGEST.to_owned());
            }
            // Told with the others of their kind.
            Missing::Suite(_)
            | Missing::Curve(_, KeyExchange::Seen)
            | Missing::Signature(_)
            | Missing::AnySignature
            | Missing::Key(_) => {}
        }
    }

    /// Suites of today beside the one that it chose, for its key; for any, if it is to have another one.
    fn suites(
        &mut self,
        OldSuite {
            chosen,
            key,
            exchange,
        }: OldSuite,
        limits: &Limits<'_>,
    ) {
        let list = OptionId::CipherList;
        let is_set = limits.ends.is_set(Who::SERVER, list);
        let own = limits.ends.option(Who::SERVER, list);
        if chosen.is_of_tls13() {
            let suite = limits.suite_for(Auth::Any);
            let name = suite.map_or(OF_TLS13, |suite| suite.name);
            let has = match name == OF_TLS13 {
                true => ", which everybody has who speaks TLS 1.3",
                false => "",
            };
            self.server.push(match is_set {
                true => format!("take {own} out, or add {name} to it{has}"),
                false => format!("let it take {name} too{has}"),
            });
            self.at_client(suite, limits);
            return;
        }
        let such = self.such(key, limits);
        // It agrees on keys in none of its suites.
        let too = match exchange {
            Ephemeral::Seen => "",
            Ephemeral::NotSeen => {
                "; these want a group and a signature as well: X25519 or P-256, and SHA-256, if it is limited in them"
            }
        };
        let allows = with_list(limits).is_some_and(|server| allows(server, key));
        self.server.push(if is_set && allows {
            format!(
                "by {own} it takes {SUITES}, {such}: what runs has other settings; let it read them again, or restart it{too}"
            )
        } else if is_set {
            format!("take {own} out, or add {SUITES} to it, {such}{too}")
        } else {
            format!("let it take {SUITES} too, {such}{too}")
        });
    }

    /// Suites of TLS 1.2 for this key, or for whatever key there will be; the client is to have them as well.
    fn such(&mut self, key: Option<Key>, limits: &Limits<'_>) -> String {
        let one = match key {
            Some(Key::Rsa | Key::RsaPss) => Some(Auth::Rsa),
            Some(Key::Curve(_) | Key::Ed25519 | Key::Ed448) => Some(Auth::Ecdsa),
            Some(Key::Dsa | Key::Other) | None => None,
        };
        let named = |auth| limits.suite_for(auth);
        if let Some(suite) = one.and_then(named) {
            self.at_client(Some(suite), limits);
            return format!("such as {}", suite.name);
        }
        let (curves, rsa) = (named(Auth::Ecdsa), named(Auth::Rsa));
        let of_curves = curves.map(|suite| format!("{} for a key on P-256", suite.name));
        let of_rsa = rsa.map(|suite| format!("{} for one of RSA", suite.name));
        let told = match kinds(limits) {
            Kinds::Both => [of_curves, of_rsa],
            Kinds::Curves => [of_curves, None],
            Kinds::Rsa => [None, of_rsa],
        };
        if kinds(limits) == Kinds::Both && !curves.is_some_and(|suite| suite.is_offered) {
            self.client.push(limits.with_suite("that one"));
        }
        let told: Vec<String> = told.into_iter().flatten().collect();
        format!("such as {}", told.join(", "))
    }

    /// Lets the client have a suite that is named to the server.
    fn at_client(&mut self, suite: Option<Named>, limits: &Limits<'_>) {
        if let Some(suite) = suite.filter(|suite| !suite.is_offered) {
            self.client.push(limits.with_suite(suite.name));
        }
    }
}

impl fmt::Display for Todo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { client, server } = self;
        let (client, server) = (client.join("; and "), server.join("; and "));
        match self.at() {
            At::Both => write!(f, "{client}; and on the server: {server}"),
            At::End(_) | At::Either | At::Between | At::Neither | At::NotKnown => {
                write!(f, "{client}{server}")
            }
        }
    }
}

/// That all of it has to be as a client with limits allows it.
pub(in crate::explain) fn as_allowed(limits: &Limits<'_>) -> String {
    let named = limits.named().map(|options| {
        format!(
            "; and of all that it has to take what the client allows by {options}, unless that is taken out there"
        )
    });
    named.unwrap_or_default()
}

/// For which kinds of key a client has suites of TLS 1.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kinds {
    /// For both, or for none: then some are to be added.
    Both,
    Curves,
    Rsa,
}

fn kinds(limits: &Limits<'_>) -> Kinds {
    let has = |auth| limits.suite_for(auth).is_some_and(|suite| suite.is_offered);
    match (has(Auth::Ecdsa), has(Auth::Rsa)) {
        (true, false) => Kinds::Curves,
        (false, true) => Kinds::Rsa,
        (true, true) | (false, false) => Kinds::Both,
    }
}

/// Whether only another key in its certificate helps.
fn wants_key(missing: &Missing) -> bool {
    match missing {
        Missing::Suite(suite) => match suite.chosen.auth() {
            Auth::Dsa | Auth::Nobody => true,
            Auth::Rsa | Auth::Ecdsa | Auth::Any => false,
        },
        Missing::Signature(signature) => !signature.has_digest_of_old(),
        Missing::Curve(..) | Missing::AnySignature | Missing::Key(_) => true,
        Missing::AllowedVersion(_)
        | Missing::AllowedSuite(_)
        | Missing::Version(_)
        | Missing::Group(_) => false,
    }
}

/// A certificate with a key that its suites are for, as far as that was seen, and the client has suites for.
fn another_key(keys: Keys, has_suites: bool, limits: &Limits<'_>) -> String {
    let or = |key: &str, auth: Auth| {
        let suite = limits.suite_for(auth).filter(|suite| suite.is_offered);
        let with =
            suite.map(|suite| format!("; or {key}, with suites for that, such as {}", suite.name));
        with.unwrap_or_default()
    };
    let key = match (keys, kinds(limits)) {
        (Keys::Curves, _) if has_suites => format!("P-256, {VERIFIED}{}", or(RSA, Auth::Rsa)),
        (Keys::Rsa, _) if has_suites => format!("{RSA}, {VERIFIED}{}", or("P-256", Auth::Ecdsa)),
        (Keys::Any, _) | (_, Kinds::Both) => format!("P-256 or {RSA}, {VERIFIED}"),
        (_, Kinds::Curves) => format!("P-256, {VERIFIED}"),
        (_, Kinds::Rsa) => format!("{RSA}, {VERIFIED}"),
    };
    with_key(&key, limits)
}

/// The key of the other kind than those that the server takes suites for, with a suite for it that the client has.
fn other_kind(keys: Keys, limits: &Limits<'_>) -> Option<String> {
    let (key, auth) = match keys {
        Keys::Curves => (RSA, Auth::Rsa),
        Keys::Rsa => ("P-256", Auth::Ecdsa),
        Keys::Any | Keys::NotSeen => return None,
    };
    let suite = limits.suite_for(auth).filter(|suite| suite.is_offered)?;
    Some(format!(
        "{key}, {VERIFIED}, with suites for that, such as {}",
        suite.name
    ))
}

fn with_key(key: &str, limits: &Limits<'_>) -> String {
    let option = OptionId::Certificate;
    if limits.ends.is_set(Who::SERVER, option) {
        let own = limits.ends.option(Who::SERVER, option);
        format!("put a certificate with another kind of key into {own}: {key}")
    } else {
        format!("give it a certificate with another kind of key, {key}")
    }
}

/// The server, if its settings have a list of suites.
fn with_list<'e>(limits: &Limits<'e>) -> Option<&'e Endpoint> {
    let server = limits.ends.endpoint(Who::SERVER)?;
    server.settings().cipher_list.value.as_ref().map(|_| server)
}

fn auth_of(key: &PublicKeyAlgorithm) -> Auth {
    match key {
        PublicKeyAlgorithm::Rsa { .. } => Auth::Rsa,
        PublicKeyAlgorithm::EcP256
        | PublicKeyAlgorithm::EcP384
        | PublicKeyAlgorithm::EcP521
        | PublicKeyAlgorithm::Ed25519
        | PublicKeyAlgorithm::Other(_) => Auth::Ecdsa,
    }
}

/// Whether the server has a suite of TLS 1.2 of ours for such a key.
fn allows(server: &Endpoint, key: Option<Key>) -> bool {
    let wanted = match key {
        Some(Key::Rsa | Key::RsaPss) => Auth::Rsa,
        Some(Key::Curve(_) | Key::Ed25519 | Key::Ed448) => Auth::Ecdsa,
        Some(Key::Dsa | Key::Other) | None => return false,
    };
    let allowed = common::suites(server, ProtocolVersion::Tls12).into_iter();
    let mut allowed = allowed.filter_map(|suite| Suite::named(suite.iana));
    allowed.any(|suite| suite.auth() == wanted)
}
