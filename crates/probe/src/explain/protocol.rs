//! Versions and suites that two ends have not in common: which option of which end is in the way.

use trustpack_settings::cipher_suites;
use trustpack_settings::endpoint::{Endpoint, Engine, Role, Versions};
use trustpack_settings::options::OptionId;
use trustpack_settings::place::Place;
use trustpack_settings::value::ProtocolVersion;
use trustpack_x509::public_key::PublicKeyAlgorithm;

use super::common;
use super::ends::Ends;
use super::{At, Explanation, Who};

/// No version in common, as `told_by` has seen it, or was told by the other end.
pub(super) fn version(told_by: Who, ends: &Ends<'_>, what: &str) -> Explanation {
    let (client, server) = (Who::CLIENT, Who::SERVER);
    let versions = |who| ends.endpoint(who).map(common::versions);
    let (of_client, of_server) = match (versions(client), versions(server)) {
        (Some(of_client), Some(of_server)) => (of_client, of_server),
        (Some(own), None) if is_ours(client, ends) => return of_one(client, own, ends, what),
        (None, Some(own)) if is_ours(server, ends) => return of_one(server, own, ends, what),
        (Some(_) | None, _) => {
            return Explanation {
                what: what.to_owned(),
                at: At::Either,
                remedy: "compare sec-protocol and sec-protocol-max of both; what speaks TLS 1.1 at most must be updated"
                    .to_owned(),
            };
        }
    };
    if of_client.meet(of_server) {
        return others_run("version", told_by.other(), ends, what);
    }
    // Whoever is held at an old version is in the way.
    let old = if of_client.highest < of_server.highest {
        client
    } else {
        server
    };
    let cap = if ends.is_set(old, OptionId::SecProtocolMax) {
        OptionId::SecProtocolMax
    } else {
        OptionId::SecProtocol
    };
    // In the older version they may have no suite.
    let lower = match common::of_version(ends, of_client.highest.min(of_server.highest)) {
        Some(false) => String::new(),
        Some(true) | None => format!(
            "; or lower {} on {}",
            ends.option(old.other(), OptionId::SecProtocol),
            old.other()
        ),
    };
    Explanation {
        what: format!("{what}: the client allows {of_client}, the server {of_server}"),
        at: At::End(old),
        remedy: format!(
            "take {} out, or let it allow more{lower}",
            ends.option(old, cap)
        ),
    }
}

/// By the settings of both they have in common what they did not find: what runs at this end has others.
fn others_run(thing: &str, at: Who, ends: &Ends<'_>, what: &str) -> Explanation {
    let asked = match at.role() {
        Some(Role::Server) => format!("; {} says what it takes", asked(ends)),
        Some(Role::Client) | None => String::new(),
    };
    Explanation {
        what: what.to_owned(),
        at: At::End(at),
        remedy: format!(
            "by the settings of both they have a {thing} in common: what runs there has others, or an older TLS library than they take for \
             granted; restart it, or update it{asked}"
        ),
    }
}

/// No version in common with an end of which nothing is known: which option of the one that is known limits it, if one does.
fn of_one(known: Who, own: Versions, ends: &Ends<'_>, what: &str) -> Explanation {
    let other = known.other();
    let option = match (own.lowest, own.highest) {
        (ProtocolVersion::Tls12, ProtocolVersion::Tls13) => {
            return Explanation {
                what: what.to_owned(),
                at: At::End(other),
                remedy:
                    "let it speak TLS 1.2 or TLS 1.3, or update it; nothing older is spoken here"
                        .to_owned(),
            };
        }
        (ProtocolVersion::Tls13, _) => OptionId::SecProtocol,
        (ProtocolVersion::Tls12, _) => OptionId::SecProtocolMax,
    };
    Explanation {
        what: format!("{what}: {known} allows {own}"),
        at: At::Either,
        remedy: format!(
            "let {other} speak {}; or take {} of {known} out, or let it allow more",
            own.lowest,
            ends.option(known, option),
        ),
    }
}

/// No suite in common, as `told_by` has seen it, or was told by the other end.
pub(super) fn suite(told_by: Who, ends: &Ends<'_>, what: &str) -> Explanation {
    let (client, server) = (Who::CLIENT, Who::SERVER);
    let list = OptionId::CipherList;
    let limited: Vec<Who> = [client, server]
        .into_iter()
        .filter(|who| ends.is_set(*who, list))
        .collect();
    // Of a client that is not known it is not known either whether the list of the server is to blame, unless that fits no key.
    let (at, remedy) = match limited[..] {
        [one] if ends.client.is_none() && is_ours(server, ends) && fits_key(ends) => (
            At::Either,
            format!(
                "let the client offer a suite of {} of {one} that fits the version and the kind of key in the certificate of the server{}; \
                 or take that out, or add suites that the client has and that fit this key",
                ends.option(one, list),
                of_its_key(ends)
            ),
        ),
        [one] => (
            At::End(one),
            format!(
                "take {} out, or add suites that {} has, and that fit the kind of key in the certificate of the server",
                ends.option(one, list),
                one.other()
            ),
        ),
        [_, _] if lists_fit(ends) => return others_run("suite", told_by.other(), ends, what),
        [_, _] => return of_lists(ends, what),
        // It takes all that is spoken here.
        [] if is_ours(server, ends) => (
            At::End(client),
            "let it offer suites of today, with ECDHE and AES-GCM or ChaCha20-Poly1305, that fit the kind of key in the certificate \
             of the server: RSA, or ECDSA for one on an elliptic curve; or update it"
                .to_owned(),
        ),
        _ => (
            At::Either,
            "compare cipher-list of both; a server with an RSA key needs suites with RSA, one with an elliptic curve those \
             with ECDSA; and a key whose signatures the other end verifies, as of P-256 or RSA from 2048 bits"
                .to_owned(),
        ),
    };
    Explanation {
        what: what.to_owned(),
        at,
        remedy,
    }
}

/// Whether both have a list, and a suite in common.
fn lists_fit(ends: &Ends<'_>) -> bool {
    let has_list = |role| ends.is_set(Who::The(role), OptionId::CipherList);
    let has_both = has_list(Role::Client) && has_list(Role::Server);
    has_both && common::of_both(ends) == Some(true)
}

/// Both have a list. What is to be done depends on the key of the server, which suites of TLS 1.2 have to fit.
fn of_lists(ends: &Ends<'_>, what: &str) -> Explanation {
    let (client, server) = (Who::CLIENT, Who::SERVER);
    let list = |who| ends.option(who, OptionId::CipherList);
    let both = format!(
        "let {} of {client} and {} of {server} have suites in common",
        list(client),
        list(server)
    );
    let told = |at: At, remedy: String| Explanation {
        what: what.to_owned(),
        at,
        remedy,
    };
    let (Some(key), Some(version)) = (common::key(server, ends), common::version(ends)) else {
        return told(
            At::Either,
            format!(
                "{both} that fit the kind of key in the certificate of the server, or take both out"
            ),
        );
    };
    let fitting = |who: Who| {
        let suites = ends.endpoint(who).map(|end| common::suites(end, version));
        let mut suites = suites.into_iter().flatten();
        suites
            .find(|suite| suite.fits(key))
            .map(|suite| suite.openssl())
    };
    let with = |own: Who, suite: &str| {
        format!(
            "take {} out, or add suites to it that fit the key in the certificate of the server, which is {key}, such as {suite}",
            list(own)
        )
    };
    let mut all = cipher_suites::everything().into_iter();
    let any = all.find(|suite| suite.version == version && suite.fits(key));
    match (fitting(client), fitting(server)) {
        (Some(suite), Some(_)) => told(
            At::Either,
            format!(
                "{both}, or take one of them out; one that fits the key of the server, which is {key}, is {suite}"
            ),
        ),
        (Some(suite), None) => told(At::End(server), with(server, suite)),
        (None, Some(suite)) => told(At::End(client), with(client, suite)),
        (None, None) => {
            let suite = any.map_or("", |suite| suite.openssl());
            told(
                At::Both,
                format!(
                    "on {client}: {}; and on {server}: take {} out, or add the same",
                    with(client, suite),
                    list(server)
                ),
            )
        }
    }
}

/// Suites of the server that fit its key, one of each version, if that key is known.
fn of_its_key(ends: &Ends<'_>) -> String {
    let server = Who::SERVER;
    let (Some(key), Some(end)) = (common::key(server, ends), ends.endpoint(server)) else {
        return String::new();
    };
    let spoken = common::versions(end);
    let named = [ProtocolVersion::Tls12, ProtocolVersion::Tls13]
        .into_iter()
        .filter_map(|version| {
            let is_spoken = (spoken.lowest..=spoken.highest).contains(&version);
            let mut suites = common::suites(end, version).into_iter();
            let suite = suites.find(|suite| is_spoken && suite.fits(key))?;
            Some(format!("{} ({version})", suite.openssl()))
        });
    let named: Vec<String> = named.collect();
    format!(", such as {}", named.join(" or "))
}

/// Whether the list of the server may have a suite for its key: a client with the same settings would come to an agreement.
fn fits_key(ends: &Ends<'_>) -> bool {
    let server = ends.endpoint(Who::SERVER).map(common::versions);
    let fits = |spoken: Versions| common::fits_key(Who::SERVER, spoken.highest, ends);
    server.and_then(fits) != Some(false)
}

/// Something that both must have in common; the alert does not say what.
pub(super) fn handshake(told_by: Who, ends: &Ends<'_>, what: &str) -> Explanation {
    let (client, server) = (Who::CLIENT, Who::SERVER);
    let versions = |who| ends.endpoint(who).map(common::versions);
    if let (Some(of_client), Some(of_server)) = (versions(client), versions(server))
        && !of_client.meet(of_server)
    {
        return version(client, ends, what);
    }
    if lists_fit(ends) {
        return others_run("suite", told_by.other(), ends, what);
    }
    if [client, server]
        .iter()
        .any(|who| ends.is_set(*who, OptionId::CipherList))
    {
        let mut told = suite(told_by, ends, what);
        // Ours sends it for nothing else; of others it may be anything.
        if !is_ours(client, ends) || !is_ours(server, ends) {
            let asked = asked(ends);
            told.remedy.push_str(&format!(
                "; if that does not help it is a version, a group or a kind of key: {asked} says which"
            ));
        }
        return told;
    }
    Explanation {
        what: what.to_owned(),
        at: At::Either,
        remedy: format!(
            "the alert does not say what they have not in common: a version from TLS 1.2 on, a suite, a group, or a kind of key; \
             {} says which",
            asked(ends)
        ),
    }
}

/// Whether our engine does TLS there.
pub(super) fn is_ours(who: Who, ends: &Ends<'_>) -> bool {
    ends.endpoint(who)
        .is_some_and(|end| end.engine() == Engine::Trustpack)
}

/// The question that tells more than an alert.
fn asked(ends: &Ends<'_>) -> String {
    let client = ends.endpoint(Who::CLIENT).map(Endpoint::place);
    match client {
        Some(place @ (Place::Connection { .. } | Place::Backup { .. })) => {
            format!("`trustpack probe --fleet FLEET '{place}'`")
        }
        Some(
            Place::Port { .. }
            | Place::Fleet
            | Place::Host(_)
            | Place::Application(_)
            | Place::CommandLine
            | Place::Program,
        )
        | None => "`trustpack probe HOST:PORT`".to_owned(),
    }
}

/// The client speaks nothing that is spoken today.
pub(super) fn old_client(what: &str) -> Explanation {
    Explanation {
        what: what.to_owned(),
        at: At::End(Who::CLIENT),
        remedy: "update it, or let it speak TLS 1.2 or TLS 1.3; nothing older is spoken here"
            .to_owned(),
    }
}

/// No group in common, which no option chooses: this end has only such as our engine has not, which tells of it.
pub(super) fn other(who: Who, what: &str) -> Explanation {
    Explanation {
        what: what.to_owned(),
        at: At::End(who),
        remedy: "let it offer X25519 or P-256, or update it; one whose suites are all without ECDHE offers no group at all, and needs \
                 suites with ECDHE, such as ECDHE-RSA-AES128-GCM-SHA256"
            .to_owned(),
    }
}

/// The other end takes no signature of the key of `who`. A key that nearly everybody takes is not to blame.
pub(super) fn signature(who: Who, ends: &Ends<'_>, what: &str) -> Explanation {
    let other = who.other();
    let own = ends.option(who, OptionId::Certificate);
    let another = format!(
        "put a certificate with another kind of key into {own}, P-256 or RSA, whose signatures nearly every program takes"
    );
    let more = format!("let {other} take more signature algorithms");
    let usual = match common::key(who, ends) {
        Some(PublicKeyAlgorithm::Rsa { .. }) => {
            Some("RSA with SHA-256 (in TLS 1.3 rsa_pss_rsae_sha256)")
        }
        Some(PublicKeyAlgorithm::EcP256) => Some("P-256 with SHA-256"),
        Some(
            PublicKeyAlgorithm::EcP384
            | PublicKeyAlgorithm::EcP521
            | PublicKeyAlgorithm::Ed25519
            | PublicKeyAlgorithm::Other(_),
        )
        | None => None,
    };
    let is_known = common::key(who, ends).is_some();
    let (at, remedy) = match usual {
        Some(signature) => (
            At::End(other),
            format!(
                "let {other} take signatures of {signature}, as every program of today does, or update it"
            ),
        ),
        // Of a key that is not known it is not known either whether it is a rare one.
        None if !is_known && who == Who::SERVER => {
            (At::Either, format!("{another}, if it has none; or {more}"))
        }
        None => (At::End(who), format!("{another}; or {more}")),
    };
    Explanation {
        what: what.to_owned(),
        at,
        remedy,
    }
}
