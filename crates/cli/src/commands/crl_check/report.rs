//! What was found out about a list, for people and for programs.
//!
//! Invariant: `good` is true only if the list can be used, as far as was asked, and says of nobody who
//! was asked about that they are revoked.

use serde::Serialize;
use trustpack_judge::folded_name;
use trustpack_judge::question::Freshness;
use trustpack_judge::revocation::index::Listed;
use trustpack_judge::revocation::list::KnownList;
use trustpack_judge::revocation::{reach, signer};
use trustpack_x509::certificate::Certificate;
use trustpack_x509::crl::reason::RevocationReason;
use trustpack_x509::serial::Serial;
use trustpack_x509::time::Timestamp;

use super::source::Source;
use crate::output::{Output, Printed};

/// Whom somebody asks about.
pub(super) enum Asked {
    Serial(Serial),
    Certificate(Certificate),
}

/// With what the signature is verified.
pub(super) enum Signers {
    Given(Vec<Certificate>),
    /// Nothing was named, so that nobody knows who made the list.
    Missing,
    /// It need not be.
    NotWanted,
}

#[derive(Debug, Serialize)]
pub(super) struct Report {
    from: String,
    fetched_in_milliseconds: Option<u64>,
    issuer: String,
    number: Option<String>,
    this_update: String,
    next_update: Option<String>,
    count: Option<usize>,
    signature: SignatureState,
    fresh: bool,
    /// What is wrong with the list, a sentence each.
    wrong: Vec<String>,
    /// What is unusual about it.
    notes: Vec<String>,
    asked: Vec<AskedShown>,
    pub(super) good: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum SignatureState {
    Verified,
    Wrong,
    NotAsked,
}

/// Why a list is no good whose signature was not looked at.
const UNVERIFIED: &str = "nobody knows who made it: name the certificate of the issuer with --trusted-ca \
                          or --ca, or say --unverified";

#[derive(Debug, Serialize)]
struct AskedShown {
    serial: String,
    subject: Option<String>,
    state: ListedState,
    revoked_at: Option<String>,
    reason: Option<&'static str>,
    /// Why the list says nothing about the certificate.
    why: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum ListedState {
    NotOnList,
    Revoked,
    NotCovered,
}

impl Report {
    pub(super) fn new(
        list: &KnownList,
        source: &Source,
        signers: &Signers,
        asked: impl Iterator<Item = Asked>,
        now: Timestamp,
    ) -> Self {
        let head = list.head();
        let mut wrong: Vec<_> = list.fault().map(ToString::to_string).into_iter().collect();
        let (signature, reason) = match signers {
            Signers::NotWanted => (SignatureState::NotAsked, None),
            Signers::Missing => (SignatureState::NotAsked, Some(UNVERIFIED.to_owned())),
            Signers::Given(signers) => match signer::find(list, signers) {
                Ok(_) => (SignatureState::Verified, None),
                Err(reason) => (SignatureState::Wrong, Some(reason.to_string())),
            },
        };
        // A list of no use is not verified at all, which is no second fault.
        wrong.extend(reason.filter(|_| list.fault().is_none()));
        let freshness = reach::freshness(head, now, Freshness::Required);
        let fresh = freshness.is_ok();
        wrong.extend(freshness.err().map(|fault| fault.to_string()));
        let asked: Vec<_> = asked.map(|one| AskedShown::new(one, list)).collect();
        let listed = asked.iter().any(|one| one.state != ListedState::NotOnList);
        let took = source.took().map(|took| took.as_millis());
        Self {
            from: source.place().to_owned(),
            fetched_in_milliseconds: took.and_then(|took| u64::try_from(took).ok()),
            issuer: head.issuer.to_string(),
            number: head.number.as_ref().map(ToString::to_string),
            this_update: head.this_update.to_string(),
            next_update: head.next_update.map(|time| time.to_string()),
            count: list.len(),
            signature,
            fresh,
            good: wrong.is_empty() && !listed,
            wrong,
            notes: notes(list),
            asked,
        }
    }

    pub(super) fn write(&self, out: &mut Output) -> Printed {
        let mut row = |name: &str, value: &str| writeln!(out, "{name:12}  {value}");
        row("list", &self.from)?;
        if let Some(took) = self.fetched_in_milliseconds {
            row("fetched", &format!("in {took} ms"))?;
        }
        row("issuer", &self.issuer)?;
        row("number", self.number.as_deref().unwrap_or("none"))?;
        row("made", &self.this_update)?;
        row("next", self.next_update.as_deref().unwrap_or("not said"))?;
        if let Some(count) = self.count {
            row("certificates", &count.to_string())?;
        }
        row(
            "signature",
            match self.signature {
                SignatureState::Verified => "verified",
                SignatureState::Wrong => "not accepted",
                SignatureState::NotAsked => "not verified",
            },
        )?;
        self.wrong.iter().try_for_each(|one| row("wrong", one))?;
        self.notes.iter().try_for_each(|one| row("note", one))?;
        for one in &self.asked {
            row(&one.serial, &one.text())?;
        }
        Ok(())
    }
}

fn notes(list: &KnownList) -> Vec<String> {
    let head = list.head();
    let mut notes = Vec::new();
    if head.number.is_none() {
        notes.push(
            "it has no number, so nobody would notice if an older one were put in its place"
                .to_owned(),
        );
    }
    if head.issuing_distribution_point.is_some() {
        notes.push("it is not about all certificates; `trustpack crl show` says which".to_owned());
    }
    notes
}

impl AskedShown {
    fn new(asked: Asked, list: &KnownList) -> Self {
        let (serial, certificate) = match asked {
            Asked::Serial(serial) => (serial, None),
            Asked::Certificate(certificate) => (certificate.serial().clone(), Some(certificate)),
        };
        let why = certificate
            .as_ref()
            .and_then(|certificate| not_covered(list, certificate))
            .or_else(|| list.fault().map(|_| "it cannot be used".to_owned()));
        let listed = list.find(&serial).filter(|_| why.is_none());
        let listed = listed.filter(|one| one.reason != Some(RevocationReason::RemoveFromCrl));
        Self {
            serial: serial.to_hex(),
            subject: certificate.map(|certificate| certificate.subject().to_string()),
            state: match (&why, &listed) {
                (Some(_), _) => ListedState::NotCovered,
                (None, Some(_)) => ListedState::Revoked,
                (None, None) => ListedState::NotOnList,
            },
            revoked_at: listed.map(|Listed { revoked, .. }| revoked.to_string()),
            reason: listed
                .and_then(|one| one.reason)
                .map(|reason| reason.name()),
            why,
        }
    }

    fn text(&self) -> String {
        let subject = self.subject.as_ref();
        let subject = subject.map_or_else(String::new, |subject| format!(" (\"{subject}\")"));
        let reason = self
            .reason
            .map_or_else(String::new, |reason| format!(" ({reason})"));
        match self.state {
            ListedState::NotOnList => format!("not on the list{subject}"),
            ListedState::Revoked => {
                let date = self.revoked_at.as_deref().unwrap_or_default();
                format!("revoked on {date}{reason}{subject}")
            }
            ListedState::NotCovered => {
                let why = self.why.as_deref().unwrap_or_default();
                format!("the list says nothing about it: {why}{subject}")
            }
        }
    }
}

/// Why a list says nothing about a certificate, if it does not.
fn not_covered(list: &KnownList, certificate: &Certificate) -> Option<String> {
    let head = list.head();
    if !folded_name::same(certificate.issuer(), &head.issuer) {
        return Some(format!("its issuer is \"{}\"", certificate.issuer()));
    }
    let covered = reach::covers(head, certificate);
    covered.err().map(|fault| fault.to_string())
}
