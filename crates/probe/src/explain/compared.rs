//! Why an endpoint of a fleet is not as expected, or its connection does not work.
//!
//! Invariant: of two faults both are told, and first the one that is to be mended first.

use trustpack_settings::endpoint::Role;
use trustpack_x509::time::Timestamp;

use super::contact::{of_contact, of_difference, of_refusal, of_unreached};
use super::ends::Ends;
use super::start::{of_running, of_start};
use super::{At, Explanation, Who};
use crate::comparison::{AskedAs, Difference, Found, What};
use crate::contact::Contact;
use crate::expected::{Expected, NotProbed};

/// An endpoint, with what was expected and what was found there.
#[derive(Clone, Copy, Debug)]
pub struct Compared<'a> {
    /// What was expected.
    pub expected: &'a Expected,
    /// What was found.
    pub found: &'a Found,
    /// As whom it was asked.
    pub asked_as: AskedAs,
    /// Where both differ.
    pub differences: &'a [Difference],
}

/// What is wrong at an endpoint, with what is known of its ends; nothing where nothing is.
#[must_use]
pub fn of_compared(compared: Compared<'_>, ends: &Ends<'_>, now: Timestamp) -> Option<Explanation> {
    let expected = compared.expected;
    match expected {
        Expected::NotProbed(NotProbed::Down { .. } | NotProbed::Wrong { .. })
        | Expected::Wrong { .. } => return of_start(Role::Client, ends),
        Expected::NotProbed(NotProbed::UpgradesInItsProtocol) => return None,
        Expected::NotProbed(NotProbed::NoAddress) => return Some(of_unknown_address()),
        Expected::Down { .. }
        | Expected::Anything
        | Expected::Plain
        | Expected::Port(_)
        | Expected::Connection(_) => {}
    }
    let first = compared.differences.first();
    match (compared.found, first) {
        (Found::NotAsked, _) => None,
        (Found::Unreached(why), _) => {
            let of_server = of_start(Role::Server, ends);
            Some(of_server.unwrap_or_else(|| of_unreached(why, ends)))
        }
        (Found::Listens(_), Some(difference)) => Some(of_running(difference, ends)),
        (Found::Contact(contact), Some(difference)) => {
            Some(different(difference, contact, expected, ends, now))
        }
        // It fails as it was expected to.
        (Found::Contact(contact), None) if compared.asked_as == AskedAs::Client => {
            // What a server refuses without a word is foretold, and not seen.
            let foretold = || {
                contact.not_said()?;
                of_settings(expected, ends).or_else(|| of_files(expected, ends, now))
            };
            of_contact(contact, ends, now).or_else(foretold)
        }
        // Nobody could try it as its client.
        (Found::Listens(_), None) => {
            of_settings(expected, ends).or_else(|| of_files(expected, ends, now))
        }
        (Found::Contact(contact), None) => {
            let of_contact = || {
                let is_told = contact.client_agreed_on_nothing();
                is_told.then(|| of_contact(contact, ends, now)).flatten()
            };
            let of_settings = of_settings(expected, ends).or_else(of_contact);
            of_settings.or_else(|| of_files(expected, ends, now))
        }
    }
}

/// The address is that of the server, whoever calls.
fn of_unknown_address() -> Explanation {
    Explanation {
        what: "its address is not known".to_owned(),
        at: At::End(Who::SERVER),
        remedy: "correct the error in the fleet file that hides it; `trustpack fleet check` shows where it is".to_owned(),
    }
}

/// Somebody answered, and not as expected.
fn different(
    difference: &Difference,
    contact: &Contact,
    expected: &Expected,
    ends: &Ends<'_>,
    now: Timestamp,
) -> Explanation {
    let differs = || of_difference(difference, ends);
    match difference.what {
        What::Start => of_start(Role::Server, ends).unwrap_or_else(differs),
        What::Listening => of_running(difference, ends),
        What::Settings
        | What::Security
        | What::Connection
        | What::Version
        | What::OlderVersion
        | What::ClientCertificate
        | What::Certificate => {
            if is_told_by_failure(difference, contact) {
                return of_contact(contact, ends, now).unwrap_or_else(differs);
            }
            match of_settings(expected, ends) {
                Some(first) => first.and_then(&differs()),
                None => differs(),
            }
        }
    }
}

/// What keeps a connection from working by the settings and files of its ends alone. What its client has fails also where an error
/// of the server leaves it unknown what becomes of it.
fn of_settings(expected: &Expected, ends: &Ends<'_>) -> Option<Explanation> {
    match expected {
        Expected::Connection(prediction) => {
            let is_told = prediction.failing().is_some() || ends.down(Who::CLIENT).is_some();
            is_told.then(|| of_start(Role::Client, ends)).flatten()
        }
        Expected::NotProbed(_)
        | Expected::Down { .. }
        | Expected::Wrong { .. }
        | Expected::Anything
        | Expected::Plain
        | Expected::Port(_) => None,
    }
}

/// What keeps a connection that is expected to fail from working by the files of its ends.
fn of_files(expected: &Expected, ends: &Ends<'_>, now: Timestamp) -> Option<Explanation> {
    match expected {
        Expected::Connection(prediction) => {
            prediction.failing()?;
            of_refusal(ends, now)
        }
        Expected::NotProbed(_)
        | Expected::Down { .. }
        | Expected::Wrong { .. }
        | Expected::Anything
        | Expected::Plain
        | Expected::Port(_) => None,
    }
}

/// Whether what failed says more than what differs.
fn is_told_by_failure(difference: &Difference, contact: &Contact) -> bool {
    match difference.what {
        What::Connection => true,
        // TLS where plain text is expected works all too well.
        What::Security => !contact.speaks_tls(),
        // One that takes nothing newer.
        What::OlderVersion => contact.agreed_on_nothing(),
        What::Start
        | What::Settings
        | What::Listening
        | What::Version
        | What::ClientCertificate
        | What::Certificate => false,
    }
}
