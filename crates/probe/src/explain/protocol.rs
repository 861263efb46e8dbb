//! Versions and suites that two ends have not in common: which option of which end is in the way.

use trustpack_settings::endpoint::{Endpoint, Engine, Role};
use trustpack_settings::options::OptionId;
use trustpack_settings::place::Place;

use super::ends::Ends;
use super::{At, Explanation, Who};

/// No version in common.
pub(super) fn version(ends: &Ends<'_>, what: &str) -> Explanation {
    let (client, server) = (Who::The(Role::Client), Who::The(Role::Server));
    let versions = |who| {
        let endpoint = ends.endpoint(who)?;
        Some(endpoint.settings().versions_spoken_by(endpoint.engine()))
    };
    let (Some(of_client), Some(of_server)) = (versions(client), versions(server)) else {
        return Explanation {
            what: what.to_owned(),
            at: At::Either,
            remedy: "compare sec-protocol and sec-protocol-max of both; what speaks TLS 1.1 at most must be updated"
                .to_owned(),
        };
    };
    if of_client.meet(of_server) {
        return Explanation {
            what: what.to_owned(),
            at: At::Either,
            remedy: "by their settings they have one: what runs has other settings, or an older TLS library than they \
                     take for granted; restart it, or update it"
                .to_owned(),
        };
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
    Explanation {
        what: format!("{what}: the client allows {of_client}, the server {of_server}"),
        at: At::End(old),
        remedy: format!(
            "take {} out, or let it allow more; or lower {} on {}",
            ends.option(old, cap),
            ends.option(old.other(), OptionId::SecProtocol),
            old.other()
        ),
    }
}

/// No suite in common.
pub(super) fn suite(ends: &Ends<'_>, what: &str) -> Explanation {
    let (client, server) = (Who::The(Role::Client), Who::The(Role::Server));
    let list = OptionId::CipherList;
    let limited: Vec<Who> = [client, server]
        .into_iter()
        .filter(|who| ends.is_set(*who, list))
        .collect();
    let (at, remedy) = match limited[..] {
        [one] => (
            At::End(one),
            format!(
                "take {} out, or add suites that {} has",
                ends.option(one, list),
                one.other()
            ),
        ),
        [one, other] => (
            At::Either,
            format!(
                "let {} of {one} and {} of {other} have suites in common, or take one of them out",
                ends.option(one, list),
                ends.option(other, list)
            ),
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

/// Something that both must have in common; the alert does not say what.
pub(super) fn handshake(ends: &Ends<'_>, what: &str) -> Explanation {
    let (client, server) = (Who::The(Role::Client), Who::The(Role::Server));
    let versions = |who| {
        let endpoint = ends.endpoint(who)?;
        Some(endpoint.settings().versions_spoken_by(endpoint.engine()))
    };
    if let (Some(of_client), Some(of_server)) = (versions(client), versions(server))
        && !of_client.meet(of_server)
    {
        return version(ends, what);
    }
    if [client, server]
        .iter()
        .any(|who| ends.is_set(*who, OptionId::CipherList))
    {
        let mut told = suite(ends, what);
        let is_ours = |who| {
            let engine = ends.endpoint(who).map(Endpoint::engine);
            engine == Some(Engine::Trustpack)
        };
        // Ours sends it for nothing else; of others it may be anything.
        if !is_ours(client) || !is_ours(server) {
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

/// The question that tells more than an alert.
fn asked(ends: &Ends<'_>) -> String {
    let client = ends.endpoint(Who::The(Role::Client)).map(Endpoint::place);
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
        at: At::End(Who::The(Role::Client)),
        remedy: "update it, or let it speak TLS 1.2 or TLS 1.3; nothing older is spoken here"
            .to_owned(),
    }
}

/// No group or no signature algorithm in common, which no option chooses.
pub(super) fn other(what: &str) -> Explanation {
    Explanation {
        what: what.to_owned(),
        at: At::Either,
        remedy: "update the older end, which has only groups or signatures of old; or give the server a certificate with an RSA \
                 or P-256 key, which every client can verify"
            .to_owned(),
    }
}

/// The other end takes no signature of the key of `who`.
pub(super) fn signature(who: Who, ends: &Ends<'_>, what: &str) -> Explanation {
    Explanation {
        what: what.to_owned(),
        at: At::End(who),
        remedy: format!(
            "put a certificate with another kind of key into {}, P-256 or RSA, whose signatures nearly every program takes; or \
             let {} take more signature algorithms",
            ends.option(who, OptionId::Certificate),
            who.other()
        ),
    }
}
