//! A service with which nobody comes to an agreement: what it has nothing of that our engine speaks.
//!
//! Whatever alert it sent: 40 alone stands for a version, a suite, a group and a key. Invariant: nothing is said here but what
//! the service has shown when it was asked; and what is to be done is all that has to be done, as far as it has shown that.

use trustpack_settings::cipher_suites;
use trustpack_settings::endpoint::{Endpoint, Role};
use trustpack_settings::options::OptionId;
use trustpack_settings::value::{CipherList, ProtocolVersion};
use trustpack_tls::cause::Cause;
use trustpack_x509::public_key::PublicKeyAlgorithm;

use super::alert::Meaning;
use super::ends::Ends;
use super::{At, Explanation, Who};
use crate::contact::Contact;
use crate::survey::key::Key;
use crate::survey::lack::{Ephemeral, KeyExchange, Keys, Lack, Lacks, Missing};
use crate::survey::suites::{Auth, Suite};

const SERVER: Who = Who::The(Role::Server);

const VERSION: &str = "let it take TLS 1.2 or TLS 1.3, or update it; nothing older is spoken here; TLS 1.2 wants suites with ECDHE and \
                       AES-GCM or ChaCha20-Poly1305 that fit its key, and both want the group X25519 or P-256";
const SUITES: &str = "suites with ECDHE and AES-GCM or ChaCha20-Poly1305";
const FOR_RSA: &str = "ECDHE-RSA-AES128-GCM-SHA256";
const FOR_CURVES: &str = "ECDHE-ECDSA-AES128-GCM-SHA256";
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

/// Why nobody comes to an agreement with it, by what it lacks; nothing if that is not known, or its alert says something else.
pub(super) fn of_lack(contact: &Contact, ends: &Ends<'_>) -> Option<Explanation> {
    let (what, remedy) = match contact.lack.as_ref()? {
        Lack::Of(lacks) => (told(lacks), remedy(lacks, ends)),
        Lack::Everything if is_about_agreement(contact) => (
            "the server takes nothing of all that was offered, in no version".to_owned(),
            of_nothing(ends),
        ),
        Lack::Nothing if is_about_agreement(contact) => (
            "the server takes versions, suites and groups that are spoken here, and refuses all the same"
                .to_owned(),
            format!("{LOG}{}", another_key(Keys::Any, true, ends)),
        ),
        Lack::Everything | Lack::Nothing => return None,
    };
    let failure = contact.failure()?;
    Some(Explanation {
        what: format!("{failure}: {what}"),
        at: At::End(SERVER),
        remedy,
    })
}

/// Whether its alert may be about versions, suites and their like.
fn is_about_agreement(contact: &Contact) -> bool {
    match contact.failure().map(Cause::of_failure) {
        Some(Cause::Alert(alert)) => {
            let about = [Meaning::Handshake, Meaning::Version, Meaning::Unclear];
            about.contains(&Meaning::of(alert))
        }
        Some(_) | None => true,
    }
}

/// What it lacks, each thing with what it has instead.
pub(super) fn told(lacks: &Lacks) -> String {
    let parts: Vec<String> = lacks.missing.iter().map(one_told).collect();
    let all = parts.join("; and ");
    match lacks.scope {
        Some(version) => format!("in {version} {all}"),
        None => all,
    }
}

fn one_told(missing: &Missing) -> String {
    let no = |what: &str, instead: &dyn std::fmt::Display| {
        format!("the server takes no {what}, but such as {instead}")
    };
    match missing {
        Missing::Version(highest) => format!("the server takes {highest} at most"),
        Missing::Suite { chosen, .. } => no("suite of today", &chosen.name),
        Missing::Group(group) => no("group that is spoken here", group),
        Missing::Signature(signature) => no("signature that is spoken here", signature),
        Missing::AnySignature => {
            "the server takes no signature that is spoken here, as it has another kind of key or takes others alone".to_owned()
        }
        Missing::Curve(curve, exchange) => {
            let too = match exchange {
                KeyExchange::Seen => "",
                KeyExchange::OnThatCurve => ", and its key exchange is on it too",
            };
            format!(
                "the key in the server's certificate is on {curve}, which TLS 1.2 wants to be spoken by the client{too}"
            )
        }
        Missing::Key(key) => {
            format!("the key in the server's certificate is {key}, which is not spoken here")
        }
    }
}

/// All that has to be done.
pub(super) fn remedy(lacks: &Lacks, ends: &Ends<'_>) -> String {
    let missing = &lacks.missing;
    let wants_key = missing.iter().any(wants_key);
    let mut parts = Vec::new();
    for one in missing {
        match one {
            Missing::Version(_) => parts.push(VERSION.to_owned()),
            Missing::Suite { .. } => {}
            Missing::Group(_) => parts.push(GROUP.to_owned()),
            Missing::Curve(_, KeyExchange::OnThatCurve) => parts.push(GROUP_PERHAPS.to_owned()),
            Missing::Signature(signature) if signature.has_digest_of_old() => {
                parts.push(DIGEST.to_owned());
            }
            Missing::Curve(_, KeyExchange::Seen)
            | Missing::Signature(_)
            | Missing::AnySignature
            | Missing::Key(_) => {}
        }
    }
    let suite = missing.iter().find_map(|one| match one {
        Missing::Suite {
            chosen,
            key,
            exchange,
        } => {
            let key = key.filter(|_| !wants_key);
            Some(suites(*chosen, key, *exchange, ends))
        }
        Missing::Version(_)
        | Missing::Group(_)
        | Missing::Curve(..)
        | Missing::Signature(_)
        | Missing::AnySignature
        | Missing::Key(_) => None,
    });
    let has_suites = suite.is_none();
    let key = wants_key.then(|| match is_anonymous(missing) {
        true => A_KEY.to_owned(),
        false => another_key(lacks.keys, has_suites, ends),
    });
    let first: Vec<String> = key.into_iter().chain(suite).collect();
    // What is to be thrown out comes first, then what is to be added.
    [first, parts].concat().join("; and ")
}

/// Whether only another key in its certificate helps.
fn wants_key(missing: &Missing) -> bool {
    match missing {
        Missing::Suite { chosen, .. } => match chosen.auth() {
            Auth::Dsa | Auth::Nobody => true,
            Auth::Rsa | Auth::Ecdsa | Auth::Any => false,
        },
        Missing::Signature(signature) => !signature.has_digest_of_old(),
        Missing::Curve(..) | Missing::AnySignature | Missing::Key(_) => true,
        Missing::Version(_) | Missing::Group(_) => false,
    }
}

/// Whether it shows no certificate.
fn is_anonymous(missing: &[Missing]) -> bool {
    missing.iter().any(|one| match one {
        Missing::Suite { chosen, .. } => chosen.auth() == Auth::Nobody,
        Missing::Version(_)
        | Missing::Group(_)
        | Missing::Curve(..)
        | Missing::Signature(_)
        | Missing::AnySignature
        | Missing::Key(_) => false,
    })
}

/// A certificate with a key that its suites are for, as far as that was seen.
fn another_key(keys: Keys, has_suites: bool, ends: &Ends<'_>) -> String {
    let key = match keys {
        Keys::Curves if has_suites => {
            format!("P-256, {VERIFIED}; or {RSA}, with suites for that, such as {FOR_RSA}")
        }
        Keys::Rsa if has_suites => {
            format!("{RSA}, {VERIFIED}; or P-256, with suites for that, such as {FOR_CURVES}")
        }
        Keys::Any | Keys::Rsa | Keys::Curves | Keys::NotSeen => {
            format!("P-256 or {RSA}, {VERIFIED}")
        }
    };
    let option = OptionId::Certificate;
    if ends.is_set(SERVER, option) {
        let own = ends.option(SERVER, option);
        format!("put a certificate with another kind of key into {own}: {key}")
    } else {
        format!("give it a certificate with another kind of key, {key}")
    }
}

/// Suites of today beside the one that it chose, for this key; for any, if it is to have another one.
fn suites(chosen: Suite, key: Option<Key>, exchange: Ephemeral, ends: &Ends<'_>) -> String {
    let list = OptionId::CipherList;
    let is_set = ends.is_set(SERVER, list);
    let own = ends.option(SERVER, list);
    if chosen.is_of_tls13() {
        return if is_set {
            format!(
                "take {own} out, or add {OF_TLS13} to it, which everybody has who speaks TLS 1.3"
            )
        } else {
            format!("let it take {OF_TLS13} too, which everybody has who speaks TLS 1.3")
        };
    }
    let such = match key {
        Some(Key::Rsa | Key::RsaPss) => format!("such as {FOR_RSA}"),
        Some(Key::Curve(_) | Key::Ed25519 | Key::Ed448) => format!("such as {FOR_CURVES}"),
        Some(Key::Dsa | Key::Other) | None => {
            format!("such as {FOR_CURVES} for a key on P-256, {FOR_RSA} for one of RSA")
        }
    };
    // It agrees on keys in none of its suites.
    let too = match exchange {
        Ephemeral::Seen => "",
        Ephemeral::NotSeen => {
            "; these want a group and a signature as well: X25519 or P-256, and SHA-256, if it is limited in them"
        }
    };
    let allows = list_of(ends).is_some_and(|list| allows(list, key));
    if is_set && allows {
        return format!(
            "by {own} it takes {SUITES}, {such}: what runs has other settings; let it read them again, or restart it{too}"
        );
    }
    if is_set {
        return format!("take {own} out, or add {SUITES} to it, {such}{too}");
    }
    format!("let it take {SUITES} too, {such}{too}")
}

/// The list of suites in the settings of the server.
fn list_of<'e>(ends: &Ends<'e>) -> Option<&'e CipherList> {
    let server: &Endpoint = ends.endpoint(SERVER)?;
    server.settings().cipher_list.value.as_ref()
}

/// Whether a list has a suite of TLS 1.2 of ours for this key.
fn allows(list: &CipherList, key: Option<Key>) -> bool {
    let wanted = match key {
        Some(Key::Rsa | Key::RsaPss) => Auth::Rsa,
        Some(Key::Curve(_) | Key::Ed25519 | Key::Ed448) => Auth::Ecdsa,
        Some(Key::Dsa | Key::Other) | None => return false,
    };
    let allowed = cipher_suites::read(list).suites;
    let allowed = allowed.iter().filter_map(|suite| Suite::named(suite.iana));
    allowed.into_iter().any(|suite| suite.auth() == wanted)
}

/// It takes nothing: what a server must have to take anything, which nobody sees but itself.
pub(super) fn of_nothing(ends: &Ends<'_>) -> String {
    let general = format!(
        "see that its suites and signature algorithms fit the key in its certificate, {FITTING}; that this is a key of P-256 or RSA; \
         that it takes TLS 1.2, or TLS 1.3 with {OF_TLS13}; {OTHERWISE}"
    );
    let Some(list) = list_of(ends) else {
        return general;
    };
    let own = ends.option(SERVER, OptionId::CipherList);
    let files = ends.of(SERVER).and_then(|end| end.files);
    let leaf = files.and_then(|files| files.own_chain().first());
    match leaf.map(|leaf| leaf.public_key().algorithm()) {
        Some(key) if has_suite_for(list, key) => general,
        Some(key) => {
            let such = match key {
                PublicKeyAlgorithm::Rsa { .. } => FOR_RSA,
                PublicKeyAlgorithm::EcP256
                | PublicKeyAlgorithm::EcP384
                | PublicKeyAlgorithm::EcP521
                | PublicKeyAlgorithm::Ed25519
                | PublicKeyAlgorithm::Other(_) => FOR_CURVES,
            };
            format!(
                "take {own} out, or add suites to it that fit the key in its certificate, which is {key}, such as {such}"
            )
        }
        None => format!(
            "take {own} out, or add suites to it that fit the key in its certificate: {FITTING}; see that this is a key of P-256 or RSA, \
             {OTHERWISE}"
        ),
    }
}

fn has_suite_for(list: &CipherList, key: &PublicKeyAlgorithm) -> bool {
    let allowed = cipher_suites::read(list).suites;
    let mut of_tls12 = allowed
        .iter()
        .filter(|suite| suite.version == ProtocolVersion::Tls12);
    of_tls12.any(|suite| suite.fits(key))
}
