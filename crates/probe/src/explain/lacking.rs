//! A service with which nobody comes to an agreement: what it has nothing of that our engine speaks.
//!
//! Whatever alert it sent: 40 alone stands for a version, a suite, a group and a key. Invariant: nothing is said here but what
//! the service has shown when it was asked.

use trustpack_settings::endpoint::Role;
use trustpack_tls::cause::Cause;

use super::alert::Meaning;
use super::{At, Explanation, Who};
use crate::contact::Contact;
use crate::survey::lack::Lack;

const VERSION: &str = "let it take TLS 1.2 or TLS 1.3, or update it; nothing older is spoken here";
const SUITE: &str = "let it take suites with ECDHE and AES-GCM or ChaCha20-Poly1305 too, such as ECDHE-RSA-AES128-GCM-SHA256";
const SUITE_OF_TLS13: &str =
    "let it take TLS_AES_128_GCM_SHA256 too, which everybody has who speaks TLS 1.3";
const CERTIFICATE: &str = "give it a certificate with an RSA or P-256 key, and let it take suites with ECDHE and AES-GCM for it";
const GROUP: &str = "let it take X25519 or P-256 too, which every program of today has";
const KEY: &str = "give it a certificate with another kind of key, P-256 or RSA from 2048 bits, whose signatures every program verifies";
const DIGEST: &str =
    "let it sign with SHA-256 too (its signature algorithms), as every program of today does";
const FITTING: &str = "see that its suites and signature algorithms fit the key in its certificate: suites with RSA for an RSA key, with \
                       ECDSA for one on an elliptic curve; if they do, its log says what else it wants";
const LOG: &str =
    "look at its log, which may say what it has against a client that it could agree with";

/// Why nobody comes to an agreement with it, by what it lacks; nothing if that is not known, or its alert says something else.
pub(super) fn of_lack(contact: &Contact) -> Option<Explanation> {
    match contact.lack.as_ref()? {
        Lack::Version(highest) => at_server(
            contact,
            &format!("the server takes {highest} at most"),
            VERSION,
        ),
        Lack::Suite(suite) => {
            let needs_no_key = ["_DSS_", "_anon_"]
                .iter()
                .any(|word| suite.name.contains(word));
            let remedy = if needs_no_key {
                CERTIFICATE
            } else if suite.is_of_tls13() {
                SUITE_OF_TLS13
            } else {
                SUITE
            };
            let takes = format!(
                "the server takes no suite of today, but such as {}",
                suite.name
            );
            at_server(contact, &takes, remedy)
        }
        Lack::Group(group) => {
            let takes =
                format!("the server takes no group that is spoken here, but such as {group}");
            at_server(contact, &takes, GROUP)
        }
        Lack::Curve(curve) => {
            let has = format!(
                "the key in the server's certificate is on {curve}, which TLS 1.2 wants to be spoken by the client"
            );
            at_server(contact, &has, KEY)
        }
        Lack::Signature(signature) => {
            let name = signature.to_string();
            let is_of_old = ["sha1", "sha224", "md5"]
                .iter()
                .any(|word| name.contains(word));
            let remedy = if is_of_old && !name.starts_with("dsa") {
                DIGEST
            } else {
                KEY
            };
            let takes = format!("the server takes no handshake but one that is signed with {name}");
            at_server(contact, &takes, remedy)
        }
        Lack::Everything if is_about_agreement(contact) => at_server(
            contact,
            "the server takes nothing of all that was offered, in no version",
            FITTING,
        ),
        Lack::Nothing if is_about_agreement(contact) => {
            let takes = "the server takes versions, suites, groups and signatures that are spoken here, and refuses all the same";
            at_server(contact, takes, LOG)
        }
        Lack::Everything | Lack::Nothing => None,
    }
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

fn at_server(contact: &Contact, what: &str, remedy: &str) -> Option<Explanation> {
    let failure = contact.failure()?;
    Some(Explanation {
        what: format!("{failure}: {what}"),
        at: At::End(Who::The(Role::Server)),
        remedy: remedy.to_owned(),
    })
}
