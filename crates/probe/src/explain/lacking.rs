//! A service with which nobody comes to an agreement: of what it and its client have nothing in common.
//!
//! Whatever alert it sent: 40 alone stands for a version, a suite, a group and a key. Invariant: nothing is said here but what
//! the service has shown when it was asked; and what is to be done is all that has to be done for an agreement, at both ends, as far
//! as it has shown that. What is wrong with its certificate is seen when there is one.

pub(super) mod todo;

use trustpack_tls::cause::Cause;

use self::todo::Todo;
use super::Explanation;
use super::alert::Meaning;
use super::client::Limits;
use super::ends::Ends;
use crate::contact::Contact;
use crate::survey::lack::{KeyExchange, Lack, Lacking, Lacks, Missing};

/// Why nobody comes to an agreement with it, by what it lacks; nothing if that is not known, or its alert says something else.
pub(super) fn of_lack(contact: &Contact, ends: &Ends<'_>) -> Option<Explanation> {
    let Some(Lacking::ForAll(lack)) = &contact.lacking else {
        return None;
    };
    let limits = Limits::new(&contact.client_offer, ends);
    let refuses = is_about_agreement(contact);
    let (what, todo) = match lack {
        Lack::Of(lacks) => (told(lacks, &limits), Todo::of(lacks, &limits)),
        Lack::Everything if refuses => (
            "the server takes nothing of all that was offered, in no version".to_owned(),
            Todo::of_everything(&limits),
        ),
        Lack::Nothing if refuses => (
            "the server takes versions, suites and groups that are spoken here, and refuses all the same"
                .to_owned(),
            Todo::of_nothing(&limits),
        ),
        Lack::Everything | Lack::Nothing => return None,
    };
    let failure = contact.failure()?;
    Some(Explanation {
        what: format!("{failure}: {what}"),
        at: todo.at(),
        remedy: todo.to_string(),
    })
}

/// Whether it may have failed for versions, suites and their like: by the alert, or since the service just ended the connection, as
/// some do that agree on nothing. What came of it and was not taken at this end says something else.
pub(super) fn is_about_agreement(contact: &Contact) -> bool {
    let Some(cause) = contact.failure().map(Cause::of_failure) else {
        return true;
    };
    match cause {
        Cause::Alert(alert) => {
            let about = [Meaning::Handshake, Meaning::Version, Meaning::Unclear];
            about.contains(&Meaning::of(alert))
        }
        Cause::NoVersion
        | Cause::NoSuite
        | Cause::NothingInCommon
        | Cause::NoSignature
        | Cause::Closed(_)
        | Cause::Broke
        | Cause::PeerBroke => true,
        Cause::Refused(..)
        | Cause::Unreadable
        | Cause::TooManyCertificates
        | Cause::NoCertificate
        | Cause::NotItsKey
        | Cause::PlainText
        | Cause::BrokenHello
        | Cause::TimedOut(_)
        | Cause::Silent
        | Cause::TooLarge
        | Cause::Echo
        | Cause::Protocol
        | Cause::ProgramBroke
        | Cause::NotReached(_)
        | Cause::ProxyHeader(_)
        | Cause::NoRoom
        | Cause::TooBusy
        | Cause::Idle
        | Cause::Shut
        | Cause::NoMorePlain
        | Cause::TunnelGone
        | Cause::Stopped => false,
    }
}

/// What is missing, each thing with what the server has instead.
pub(super) fn told(lacks: &Lacks, limits: &Limits<'_>) -> String {
    let (spoken, others) = match &lacks.missing[..] {
        [Missing::AllowedVersion(spoken), others @ ..] => (Some(*spoken), others),
        others => (None, others),
    };
    let parts: Vec<String> = others.iter().map(one_told).collect();
    let all = parts.join("; and ");
    match (spoken, lacks.scope) {
        (Some(spoken), _) => {
            let which = if all.is_empty() { "" } else { ", in which " };
            // It was named just before.
            let all = match all.strip_prefix("the server ") {
                Some(rest) => format!("it {rest}"),
                None => all,
            };
            format!("{}{which}{all}", limits.beside(spoken))
        }
        (None, Some(version)) => format!("in {version} {all}"),
        (None, None) => all,
    }
}

fn one_told(missing: &Missing) -> String {
    let no = |what: &str, instead: &dyn std::fmt::Display| {
        format!("the server takes no {what}, but such as {instead}")
    };
    match missing {
        Missing::AllowedVersion(spoken) => {
            format!("the server speaks {spoken}, which the client does not allow")
        }
        Missing::AllowedSuite(suite) => format!(
            "the server speaks {}, and no suite that the client allows",
            suite.name
        ),
        Missing::Version(highest) => format!("the server takes {highest} at most"),
        Missing::Suite(suite) => no("suite of today", &suite.chosen.name),
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
