//! What was expected of an endpoint, and what was found: side by side, and where they differ.
//!
//! Invariant: a difference names both; what was not expected differs from nothing.

mod words;

use std::fmt;
use std::net::SocketAddr;

use trustpack_judge::reason::Reason;
use trustpack_material::prediction::{Failing, Fault, Otherwise, Prediction, Stage};
use trustpack_settings::endpoint::Engine;
use trustpack_settings::value::ClientCertificate;

use crate::contact::{Contact, Takes, WithoutCertificate};
use crate::demands::Demands;
use crate::dial::Unreached;
use crate::expected::{Expected, NotProbed, PlainTextToo, PortTls, Served, WITHOUT_ERROR};
use crate::judgement::Presented;
use crate::survey::PlainText;
use crate::survey::lack::Lacking;
use crate::survey::names::Version;

use self::words::{Clients, InShort, PortFound};

/// What was found at an endpoint.
#[derive(Debug)]
pub enum Found {
    /// Nobody asked.
    NotAsked,
    /// Nobody answered.
    Unreached(Unreached),
    /// Somebody listens, and was not spoken to.
    Listens(SocketAddr),
    /// Somebody did.
    Contact(Box<Contact>),
}

/// As whom an endpoint was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AskedAs {
    /// As its client, with its files.
    Client,
    /// As somebody who shows nothing and takes everything.
    Nobody,
}

/// One thing that is not as expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What it is about.
    pub what: What,
    /// What was expected.
    pub expected: String,
    /// What was found.
    pub found: String,
    /// What the judge says, where it is that.
    pub reason: Option<Box<Reason>>,
}

/// What a difference is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// Whether it can start at all.
    Start,
    /// Its settings.
    Settings,
    /// Whether somebody listens.
    Listening,
    /// Plain text or TLS.
    Security,
    /// Whether the connection works.
    Connection,
    /// The version of TLS.
    Version,
    /// An older version of TLS than its settings allow.
    OlderVersion,
    /// What is asked of clients.
    ClientCertificate,
    /// The server's certificate.
    Certificate,
}

/// Where what was found is not as expected.
#[must_use]
pub fn differences(
    expected: &Expected,
    found: &Found,
    asked_as: AskedAs,
    demands: &Demands,
) -> Vec<Difference> {
    // What cannot start is never as it should be, also where nobody listens, as is to be expected then.
    if let Expected::Connection(prediction) = expected
        && let Some(failing) = not_started(prediction)
    {
        return vec![match (failing.fault, found) {
            // With other settings or files than these.
            (Fault::Server, Found::Contact(_) | Found::Listens(_)) => difference(
                What::Listening,
                expected,
                &found.beside(expected, asked_as, demands),
            ),
            (_, _) => does_not_start(&failing.why),
        }];
    }
    let contact = match (expected, found) {
        (Expected::Down { why }, Found::NotAsked | Found::Unreached(_))
        | (Expected::NotProbed(NotProbed::Down { why, .. }), _) => {
            return vec![does_not_start(why)];
        }
        (Expected::Wrong { why } | Expected::NotProbed(NotProbed::Wrong { why }), _) => {
            return vec![difference(What::Settings, &WITHOUT_ERROR, why)];
        }
        (Expected::NotProbed(NotProbed::NoAddress), _) => {
            return vec![difference(What::Settings, &WITHOUT_ERROR, &NO_ADDRESS)];
        }
        (Expected::NotProbed(NotProbed::UpgradesInItsProtocol) | Expected::Anything, _)
        | (_, Found::NotAsked) => {
            return Vec::new();
        }
        (Expected::Plain | Expected::Port(_) | Expected::Connection(_), Found::Unreached(why)) => {
            return vec![difference(What::Listening, expected, why)];
        }
        (Expected::Down { .. }, Found::Listens(_)) => {
            return vec![difference(What::Listening, expected, &LISTENS)];
        }
        // What was not asked does not differ.
        (Expected::Plain | Expected::Port(_) | Expected::Connection(_), Found::Listens(_)) => {
            return Vec::new();
        }
        (_, Found::Contact(contact)) => &**contact,
    };
    match expected {
        Expected::Down { .. } => vec![difference(What::Listening, expected, &InShort(contact))],
        Expected::Plain if contact.speaks_tls() => {
            vec![difference(What::Security, expected, &InShort(contact))]
        }
        Expected::Plain | Expected::NotProbed(_) | Expected::Wrong { .. } | Expected::Anything => {
            Vec::new()
        }
        Expected::Port(_) | Expected::Connection(_) if !contact.speaks_tls() => {
            vec![difference(What::Security, expected, &InShort(contact))]
        }
        Expected::Port(port) => of_port(port, contact, demands),
        Expected::Connection(prediction) => match asked_as {
            AskedAs::Client => of_connection(prediction, contact).into_iter().collect(),
            // What its client needs too is a version and a suite, and of these those that it allows.
            AskedAs::Nobody if contact.client_agreed_on_nothing() => {
                of_connection(prediction, contact).into_iter().collect()
            }
            // What its client would not take is seen without its files as well.
            AskedAs::Nobody => of_certificate(contact, demands),
        },
    }
}

/// Why an end does not start, if it is predicted not to.
fn not_started(prediction: &Prediction) -> Option<&Failing> {
    prediction
        .failing()
        .filter(|failing| failing.stage == Stage::Start)
}

fn does_not_start(why: &str) -> Difference {
    let expected = "settings and files with which it starts";
    difference(What::Start, &expected, &format_args!("not started: {why}"))
}

fn difference(what: What, expected: &impl fmt::Display, found: &impl fmt::Display) -> Difference {
    Difference {
        what,
        expected: expected.to_string(),
        found: found.to_string(),
        reason: None,
    }
}

/// What is wrong with the certificate, whoever is trusted.
fn of_certificate(contact: &Contact, demands: &Demands) -> Vec<Difference> {
    let Some(Ok(presented)) = Presented::read(contact.presented()) else {
        return Vec::new();
    };
    let faults = demands.faults(&presented).certain.into_iter();
    let differs = |fault: Reason| Difference {
        reason: Some(Box::new(fault.clone())),
        ..difference(What::Certificate, &TAKEN, &fault)
    };
    faults.map(differs).collect()
}

/// What is expected of the certificate of a port.
const TAKEN: &str = "one that its clients take";

/// What is found where nobody is spoken to.
const LISTENS: &str = "somebody listens";

/// What is found where an error leaves nobody to ask.
const NO_ADDRESS: &str = "its address is not known";

fn of_connection(prediction: &Prediction, contact: &Contact) -> Option<Difference> {
    let fails = match &contact.otherwise {
        Some(Otherwise::Refuses { .. }) => Some(true),
        Some(Otherwise::NotKnown(_)) => None,
        None => Some(contact.failure().is_some()),
    };
    let fits = match (prediction, fails) {
        // What is not known fits as far as it is known; what ours refuses does not fit what should work.
        (Prediction::Works { .. } | Prediction::Open, None) => !contact.ours_refuses(),
        (Prediction::Works { .. } | Prediction::Open | Prediction::Unknown { .. }, fails) => {
            fails != Some(true)
        }
        // What the server refuses without a word is not seen.
        (Prediction::Fails(_), Some(false)) => contact.not_said().is_some(),
        (Prediction::Fails(failing), Some(true) | None) => {
            match (failing.stage, contact.failed_step()) {
                (Stage::Judgement(expected), Some(found)) => expected == found,
                (Stage::Start, _) => false,
                (Stage::Judgement(_), None) => true,
            }
        }
    };
    (!fits).then(|| difference(What::Connection, prediction, &InShort(contact)))
}

fn of_port(port: &PortTls, contact: &Contact, demands: &Demands) -> Vec<Difference> {
    let mut differences = Vec::new();
    let versions = port.versions;
    if let Some(version) = contact.established().and_then(|one| one.version) {
        let fits = match port.engine {
            Engine::Trustpack => version == versions.highest,
            Engine::Openssl | Engine::Schannel | Engine::Jsse => {
                (versions.lowest..=versions.highest).contains(&version)
            }
        };
        if !fits {
            differences.push(difference(What::Version, &versions, &version));
        }
    }
    let older = of_older_versions(port, contact);
    let is_too_old = !older.is_empty()
        && contact
            .lacking
            .as_ref()
            .and_then(Lacking::highest)
            .is_some();
    differences.extend(older);
    differences.extend(of_plain_text(port, &contact.takes));
    let demanded = port.client == ClientCertificate::Required;
    let found = Clients(contact.without_certificate());
    let fits = match found.0 {
        WithoutCertificate::NotAsked => !demanded,
        WithoutCertificate::Refused(_) => demanded,
        WithoutCertificate::LetIn => false,
        WithoutCertificate::NotSaid(_) | WithoutCertificate::NotSeen => true,
    };
    if !fits {
        let expected = if demanded {
            "demanded"
        } else {
            "not asked for"
        };
        differences.push(difference(What::ClientCertificate, &expected, &found));
    }
    let served = Presented::read(contact.presented()).and_then(Result::ok);
    if let (Some(own), Some(served)) = (&port.own, &served)
        && *own != served.leaf
    {
        let full =
            |certificate| format!("{}, serial {}", Served(certificate), certificate.serial());
        differences.push(difference(
            What::Certificate,
            &full(own),
            &full(&served.leaf),
        ));
    }
    differences.extend(of_certificate(contact, demands));
    // One that nothing above accounts for. To be refused without a certificate is what is expected where one is demanded.
    let is_told = !differences.is_empty() || demanded;
    let is_other = contact.agreed_on_nothing() && !is_too_old;
    if (!is_told || is_other)
        && let Some(failure) = contact.failure()
    {
        differences.push(difference(What::Connection, port, failure));
    }
    differences
}

/// Versions that it takes and that its settings do not allow, where that was asked.
fn of_older_versions(port: &PortTls, contact: &Contact) -> Vec<Difference> {
    let differs = |found: String| difference(What::OlderVersion, &port.versions, &found);
    let is_forbidden = |version: &Version| port.forbidden.is_some_and(|most| *version <= most);
    if let Some(highest) = contact.lacking.as_ref().and_then(Lacking::highest)
        && is_forbidden(&highest)
    {
        return vec![differs(format!("{highest} at most"))];
    }
    let versions: Vec<Version> = match &contact.takes {
        Takes::NotAsked => Vec::new(),
        Takes::AtMost(version) => version.iter().copied().collect(),
        Takes::Offers(offers) => offers.versions.iter().map(|one| one.version).collect(),
    };
    let forbidden = versions.iter().filter(|version| is_forbidden(version));
    forbidden
        .map(|version| differs(format!("{version} is taken too")))
        .collect()
}

/// Plain text that it takes, or does not take, against its settings, where that was asked.
fn of_plain_text(port: &PortTls, takes: &Takes) -> Vec<Difference> {
    let mut differences = Vec::new();
    if let Takes::Offers(offers) = takes {
        let fits = match (port.plain_text, &offers.plain_text) {
            (_, PlainText::NotSeen) => true,
            // The program behind the port may end such a connection as well.
            (_, PlainText::Closed) => true,
            (PlainTextToo::Taken, PlainText::Answered(_) | PlainText::Waits)
            | (PlainTextToo::Refused, PlainText::Refused | PlainText::SentAway(_)) => true,
            (PlainTextToo::Taken, PlainText::Refused | PlainText::SentAway(_))
            | (PlainTextToo::Refused, PlainText::Answered(_) | PlainText::Waits) => false,
        };
        let expected = match port.plain_text {
            PlainTextToo::Taken => "plain text is taken too",
            PlainTextToo::Refused => "plain text is refused",
        };
        if !fits {
            let found = format!("plain text: {}", offers.plain_text);
            differences.push(difference(What::Security, &expected, &found));
        }
    }
    differences
}

impl Found {
    /// What was found, beside what was expected.
    #[must_use]
    pub fn beside(&self, expected: &Expected, asked_as: AskedAs, demands: &Demands) -> String {
        match (self, expected) {
            (Self::Contact(contact), Expected::Connection(_))
                if asked_as == AskedAs::Nobody && !contact.client_agreed_on_nothing() =>
            {
                PortFound(contact, demands).to_string()
            }
            (Self::NotAsked, _) => String::new(),
            (Self::Unreached(why), _) => why.to_string(),
            (Self::Listens(_), _) => LISTENS.to_owned(),
            (Self::Contact(contact), Expected::Plain) if !contact.speaks_tls() => {
                "plain text".to_owned()
            }
            (
                Self::Contact(contact),
                Expected::Port(_) | Expected::Anything | Expected::Wrong { .. },
            ) => PortFound(contact, demands).to_string(),
            (
                Self::Contact(contact),
                Expected::Plain
                | Expected::Connection(_)
                | Expected::Down { .. }
                | Expected::NotProbed(_),
            ) => InShort(contact).to_string(),
        }
    }

    /// The contact, if there was one.
    #[must_use]
    pub fn contact(&self) -> Option<&Contact> {
        match self {
            Self::Contact(contact) => Some(contact),
            Self::NotAsked | Self::Unreached(_) | Self::Listens(_) => None,
        }
    }

    /// Where somebody answered.
    #[must_use]
    pub fn address(&self) -> Option<SocketAddr> {
        match self {
            Self::Contact(contact) => Some(contact.address),
            Self::Listens(address) => Some(*address),
            Self::NotAsked | Self::Unreached(_) => None,
        }
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Start => "start",
            Self::Settings => "settings",
            Self::Listening => "listening",
            Self::Security => "security",
            Self::Connection => "connection",
            Self::Version | Self::OlderVersion => "version",
            Self::ClientCertificate => "client certificate",
            Self::Certificate => "certificate",
        })
    }
}
