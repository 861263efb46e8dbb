//! The explanation of what the probe has seen.
//!
//! Invariant: where the settings and files of both ends say why an alert was sent, that is told, and not the alert alone.

use std::io;

use trustpack_judge::verdict::Rejected;
use trustpack_material::prediction::{Otherwise, doubtful};
use trustpack_settings::cipher_suites;
use trustpack_settings::options::OptionId;
use trustpack_settings::value::ProtocolVersion;
use trustpack_tls::cause::trouble::{Trouble, Whose};
use trustpack_tls::cause::{Cause, Unreached as NotReached};
use trustpack_tls::observed::CertificateShown;
use trustpack_x509::time::Timestamp;

use super::alert::Meaning;
use super::ends::Ends;
use super::{At, Explanation, Who, common, lacking, limited, other_files, protocol, remedy};
use crate::comparison::{Difference, What};
use crate::contact::Contact;
use crate::dial::Unreached;

/// Why the client's connection failed; `None` if it did not.
#[must_use]
pub fn of_contact(contact: &Contact, ends: &Ends<'_>, now: Timestamp) -> Option<Explanation> {
    if let Some(Otherwise::Refuses { why, reason, .. }) = &contact.otherwise {
        // What engines have against a certificate by themselves is its usage.
        let usage = (Trouble::Usage, Whose::Presented);
        let trouble = reason.as_deref().map_or(usage, Trouble::of_reason);
        return Some(remedy::of_refusal(trouble, Who::CLIENT, ends, why));
    }
    let told = of_failure(contact, ends, now)?;
    if let Some(why) = contact.not_shown() {
        return Some(of_not_shown(why, ends, now));
    }
    if let Some(Otherwise::NotKnown(why)) = &contact.otherwise {
        return Some(Explanation {
            what: why.clone(),
            remedy: format!("if it does not, {}", told.remedy),
            ..told
        });
    }
    let next = is_before_certificates(contact).then(|| of_refusal(ends, now));
    Some(match next.flatten() {
        Some(next) => told.and_then(&next),
        None => told,
    })
}

/// The server has got no certificate of a client that has one, as ours could not show it.
fn of_not_shown(why: &str, ends: &Ends<'_>, now: Timestamp) -> Explanation {
    if let Some(rejected) = ends.certain_refusal(Who::SERVER, now) {
        return refused_by(Who::SERVER, &rejected, ends);
    }
    Explanation {
        what: why.to_owned(),
        at: At::End(Who::CLIENT),
        remedy: format!(
            "if it does not, put a certificate with another key into {}: P-256, or RSA from 2048 bits, which every program takes",
            ends.option(Who::CLIENT, OptionId::Certificate)
        ),
    }
}

/// By the files of both an end refuses the certificate of the other one.
pub(super) fn of_refusal(ends: &Ends<'_>, now: Timestamp) -> Option<Explanation> {
    let (judging, rejected) = ends.refusal(now)?;
    Some(refused_by(judging, &rejected, ends))
}

fn refused_by(judging: Who, rejected: &Rejected, ends: &Ends<'_>) -> Explanation {
    let (presenting, first) = (judging.other(), &rejected.first);
    let what = format!("{judging} refuses {presenting}'s certificate: {first}");
    remedy::of_refusal(Trouble::of_reason(first), judging, ends, &what)
}

/// Whether it failed before either end has shown a certificate.
fn is_before_certificates(contact: &Contact) -> bool {
    contact.client_agreed_on_nothing() && lacking::is_about_agreement(contact)
}

fn of_failure(contact: &Contact, ends: &Ends<'_>, now: Timestamp) -> Option<Explanation> {
    let failure = contact.failure()?;
    let cause = Cause::of_failure(failure);
    let what = failure.to_string();
    if let Some(explanation) = lacking::of_lack(contact, ends) {
        return Some(explanation);
    }
    if let Cause::Alert(alert) = cause {
        return Some(of_alert(alert, contact, ends, now, &what));
    }
    if cause == Cause::Echo {
        let what = "plain text instead of TLS: it sends back what it gets";
        return Some(remedy::of(cause, Who::CLIENT, ends, now, what));
    }
    if cause == Cause::NoVersion
        && let Some(explanation) = of_spoken(contact, ends, &what)
    {
        return Some(explanation);
    }
    Some(of_cause(cause, ends, now, &what))
}

/// The server has refused the client.
fn of_alert(
    alert: u8,
    contact: &Contact,
    ends: &Ends<'_>,
    now: Timestamp,
    what: &str,
) -> Explanation {
    let wanted = contact.client.seen.wanted.as_ref();
    let asked = wanted.is_some();
    let agreed = !contact.client.seen.presented.is_empty();
    let shows_nothing = !contact.client_presents();
    if contact.is_not_taken() {
        if let Some(rejected) = ends.certain_refusal(Who::SERVER, now) {
            return refused_by(Who::SERVER, &rejected, ends);
        }
        let what = format!(
            "the server, which is of trustpack, takes no key as that of the client's certificate ({what})"
        );
        return remedy::of_refusal((Trouble::Weak, Whose::Presented), Who::SERVER, ends, &what);
    }
    if wanted.is_some_and(|wanted| wanted.answer == CertificateShown::NoSignature) {
        let what = format!(
            "the server takes no signature of the client's key, which therefore showed no certificate ({what})"
        );
        return protocol::signature(Who::CLIENT, ends, &what);
    }
    // In TLS 1.2 that is how a missing certificate is told (RFC 5246 section 7.4.6).
    let is_missing = asked && shows_nothing && agreed && Meaning::of(alert) == Meaning::Handshake;
    if is_missing || Meaning::of(alert) == Meaning::CertificateDemanded {
        let what =
            format!("the server demands a certificate of its clients, and got none ({what})");
        return remedy::no_certificate(Who::CLIENT, ends, &what);
    }
    if !is_before_certificates(contact)
        && let Some((Who::SERVER, rejected)) = ends.refusal(now)
    {
        return refused_by(Who::SERVER, &rejected, ends);
    }
    if !agreed && let Some(explanation) = of_spoken(contact, ends, what) {
        return explanation;
    }
    // It was asked, and said no more: to ask again is no remedy.
    let is_known_of_alert_alone = agreed || contact.agreed_on_nothing();
    if Meaning::of(alert) == Meaning::Handshake && is_known_of_alert_alone {
        let remedy = if agreed {
            "look at its log: a version and a suite were agreed on already, so that it is about what came then, such as the \
             client's certificate"
        } else {
            "look at its log: it was asked what it takes, and did not say"
        };
        return Explanation {
            what: what.to_owned(),
            at: At::End(Who::SERVER),
            remedy: remedy.to_owned(),
        };
    }
    of_cause(Cause::Alert(alert), ends, now, what)
}

/// What the client has met with. It has its files as they are now: if they fit the server's, it is the server that runs with
/// others.
fn of_cause(cause: Cause, ends: &Ends<'_>, now: Timestamp, what: &str) -> Explanation {
    match other_files::explanation(cause, Who::CLIENT, ends, now, what) {
        Some(explanation) => Explanation {
            at: At::End(Who::SERVER),
            ..explanation
        },
        None => remedy::of(cause, Who::CLIENT, ends, now, what),
    }
}

/// The client has got no version or suite, and somebody who allows all has: it is held back by its own options.
fn of_spoken(contact: &Contact, ends: &Ends<'_>, what: &str) -> Option<Explanation> {
    if let Some(explanation) = limited::explanation(contact, ends, what) {
        return Some(explanation);
    }
    let (version, suite) = contact.nobody_agreed()?;
    let client = ends.endpoint(Who::CLIENT)?;
    let allowed = common::versions(client);
    if !(allowed.lowest..=allowed.highest).contains(&version) {
        if ends.server.is_some() {
            return Some(protocol::version(Who::CLIENT, ends, what));
        }
        let option = if version < allowed.lowest {
            OptionId::SecProtocol
        } else {
            OptionId::SecProtocolMax
        };
        return Some(Explanation {
            what: format!("{what}: the client allows {allowed}, the server speaks {version}"),
            at: At::End(Who::CLIENT),
            remedy: format!(
                "let {} allow {version}, or update the server",
                ends.option(Who::CLIENT, option)
            ),
        });
    }
    if ends.is_set(Who::CLIENT, OptionId::CipherList) {
        let suite = suite.unwrap_or(match version {
            ProtocolVersion::Tls12 => "suites of TLS 1.2",
            ProtocolVersion::Tls13 => "suites of TLS 1.3",
        });
        return Some(Explanation {
            what: format!("{what}: the server speaks {suite}"),
            at: At::End(Who::CLIENT),
            remedy: format!(
                "add {} to {}",
                cipher_suites::openssl_name(suite).unwrap_or(suite),
                ends.option(Who::CLIENT, OptionId::CipherList)
            ),
        });
    }
    None
}

/// Why the certificates of a server are not good, though nobody was named who is trusted: all of them came from it, also the last
/// one, which was taken as trusted.
#[must_use]
pub fn of_refused(rejected: &Rejected, ends: &Ends<'_>) -> Explanation {
    let first = &rejected.first;
    let trouble = match Trouble::of_reason(first) {
        (Trouble::OtherKey, _) => Trouble::NotAllowedByCa,
        (trouble, _) => trouble,
    };
    let of_server = (trouble, Whose::Presented);
    remedy::of_refusal(of_server, Who::CLIENT, ends, &first.to_string())
}

/// Why a service could not be reached.
#[must_use]
pub fn of_unreached(why: &Unreached, ends: &Ends<'_>) -> Explanation {
    let host = ends.endpoint(Who::SERVER).and_then(|end| end.host());
    let is_tunnel = ends
        .endpoint(Who::SERVER)
        .is_some_and(|end| end.plain().is_some());
    // What may keep it from starting.
    let doubt = ends.server.and_then(doubtful);
    let doubt = doubt.map_or_else(String::new, |doubt| format!("; {doubt}"));
    let (at, remedy) = match (why, host) {
        (Unreached::Failed { error, .. }, _) if is_lack_of_files(error) => (
            At::End(Who::Here),
            "let this process have more files open (`ulimit -n`), or ask fewer services at once with --at-once"
                .to_owned(),
        ),
        (Unreached::NobodyListens { .. }, Some(host)) if is_tunnel => (
            At::End(Who::SERVER),
            format!(
                "start its tunnel, `trustpack tunnel run --host {host}`, or correct the number of the port; if it runs, its log says \
                 why it does not serve this port"
            ),
        ),
        (Unreached::NobodyListens { .. }, _) => (
            At::End(Who::SERVER),
            format!("start the service, or correct the number of the port{doubt}"),
        ),
        (Unreached::NoAddress { .. }, Some(_)) => (
            At::End(Who::SERVER),
            "set addresses of its host in the fleet file, or its name in DNS; if it is there, look at the name servers of this \
             machine"
                .to_owned(),
        ),
        (Unreached::NoAddress { .. }, None) => (
            At::Between,
            "correct the name, or give the address instead; if the name is right, look at the name servers of this machine"
                .to_owned(),
        ),
        (Unreached::NoAnswer { .. } | Unreached::Failed { .. }, _) => (
            At::Between,
            "look at the network, filters on the way, and whether the host is up".to_owned(),
        ),
    };
    Explanation {
        what: why.to_string(),
        at,
        remedy,
    }
}

/// Whether it is the process that asks which may open no more sockets.
fn is_lack_of_files(error: &io::Error) -> bool {
    NotReached::of(error) == NotReached::TooManyFiles
}

/// Something about a port that is not as its settings say, though nothing failed.
pub(super) fn of_difference(difference: &Difference, ends: &Ends<'_>) -> Explanation {
    let Difference {
        what,
        expected,
        found,
        reason,
    } = difference;
    if let Some(reason) = reason {
        return remedy::of_refusal(Trouble::of_reason(reason), Who::CLIENT, ends, found);
    }
    let option = match what {
        What::OlderVersion => return of_older_version(difference, ends),
        What::Version => Some(OptionId::SecProtocol),
        What::ClientCertificate => Some(OptionId::TlsMutual),
        What::Certificate => Some(OptionId::Certificate),
        What::Start | What::Settings | What::Listening | What::Security | What::Connection => None,
    };
    let correct = match option {
        Some(option) if ends.is_set(Who::SERVER, option) => {
            format!("correct {}", ends.option(Who::SERVER, option))
        }
        Some(option) => format!("set {}", option.name()),
        None => "correct the fleet file".to_owned(),
    };
    // What comes behind the handshake is not seen.
    let behind = match what {
        What::ClientCertificate => {
            "; if it refuses such clients behind the handshake, as nginx does in HTTP, nothing has to be done"
        }
        What::Start
        | What::Settings
        | What::Listening
        | What::Security
        | What::Connection
        | What::Version
        | What::OlderVersion
        | What::Certificate => "",
    };
    Explanation {
        what: format!("{what}: expected: {expected}; found: {found}"),
        at: At::End(Who::SERVER),
        remedy: format!(
            "what runs has other settings or files than those that were looked at: let it read them again, \
             or restart it; or {correct}{behind}; or, if it is another service that answers there, correct the number of the port, or the \
             addresses of the host"
        ),
    }
}

/// An older version than the settings allow. Our own engine speaks none of these: where it should be, something else is.
fn of_older_version(difference: &Difference, ends: &Ends<'_>) -> Explanation {
    let Difference {
        what,
        expected,
        found,
        ..
    } = difference;
    let option = OptionId::SecProtocol;
    let allow = if ends.is_set(Who::SERVER, option) {
        format!("lower {}", ends.option(Who::SERVER, option))
    } else {
        format!("set {}, without which TLS 1.2 is the lowest", option.name())
    };
    Explanation {
        what: format!("{what}: expected: {expected}; found: {found}"),
        at: At::End(Who::SERVER),
        remedy: format!(
            "let it take nothing older in its own configuration; or, if it has to for clients of old, {allow}"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lack_of_files_is_of_who_asks() {
        let unreached = |error| Unreached::Failed {
            address: ([127, 0, 0, 1], 1).into(),
            error,
        };
        let told = |error| of_unreached(&unreached(error), &Ends::default()).at;
        // EMFILE, and ENETUNREACH.
        assert_eq!(told(io::Error::from_raw_os_error(24)), At::End(Who::Here));
        assert_eq!(told(io::Error::from_raw_os_error(101)), At::Between);
    }
}
