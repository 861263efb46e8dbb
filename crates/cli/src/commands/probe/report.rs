//! What a service did: the document of `--json`.
//!
//! Invariant: a certificate is shown in the words of the judge; nothing is judged here.

use serde::Serialize;
use trustpack_judge::question::{NameCheck, Purpose};
use trustpack_judge::verdict::Rejected;
use trustpack_material::peer_rules::PeerRules;
use trustpack_probe::contact::{Contact, WithoutCertificate};
use trustpack_probe::explain::Explanation;
use trustpack_probe::explain::contact::{of_contact, of_refused};
use trustpack_probe::explain::ends::Ends;
use trustpack_probe::judgement::{Basis, Presented};
use trustpack_settings::value::NetworkAddress;
use trustpack_tls::cause::trouble::Trouble;
use trustpack_tls::handshake::Failure;
use trustpack_x509::name::Name;
use trustpack_x509::time::Timestamp;

use super::super::cert_verify::report::Answered;
use super::offers::OffersShown;

/// The whole answer.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    pub(super) service: String,
    /// Where it answered.
    pub(super) address: String,
    pub(super) at: String,
    /// Whether the client's connection works.
    pub(super) works: bool,
    pub(super) speaks: Speaks,
    /// The first step of judgement that failed.
    pub(super) failed: Option<String>,
    pub(super) why: Option<String>,
    pub(super) also: Vec<String>,
    pub(super) explanation: Option<ExplanationShown>,
    pub(super) version: Option<String>,
    pub(super) suite: Option<&'static str>,
    pub(super) group: Option<&'static str>,
    /// The names that its certificate is for.
    pub(super) names: Vec<String>,
    /// Whether somebody was named who is trusted.
    pub(super) trust: Option<Trust>,
    pub(super) certificate: Option<Answered>,
    pub(super) sent: usize,
    pub(super) unreadable: Vec<String>,
    pub(super) client_certificate: ClientCertificateShown,
    /// What it takes beside what was agreed, if that was asked.
    pub(super) offers: Option<OffersShown>,
    /// Why that is not known, though it was asked.
    pub(super) no_offers: Option<String>,
    /// The thumbprint of its certificate, for changes.
    #[serde(skip)]
    thumbprint: Option<String>,
    /// Whether the server has said what it makes of the client.
    #[serde(skip)]
    pub(super) is_settled: bool,
}

/// What somebody who watches a service hears of when it changes: not of other words for the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Essence {
    works: bool,
    speaks: Speaks,
    failed: Option<String>,
    version: Option<String>,
    without: Without,
    thumbprint: Option<String>,
}

/// What is wrong, where, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct ExplanationShown {
    pub(super) what: String,
    pub(super) at: String,
    pub(super) remedy: String,
    #[serde(skip)]
    pub(super) sentence: String,
    /// The sentence without what is wrong.
    #[serde(skip)]
    pub(super) advice: String,
}

/// What comes out of a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Speaks {
    Tls,
    PlainText,
    NotKnown,
}

/// By whose trust its certificates were judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Trust {
    /// By that of the options.
    Given,
    /// Nobody was named; as if the last certificate that came were trusted.
    NotGiven,
    /// Every server is to be taken; looked at in the same way.
    NotAsked,
}

/// By what its certificates are judged.
pub(super) struct Standards<'s> {
    /// The rules of the client, if it judges its server.
    pub(super) rules: Option<&'s PeerRules>,
    /// Whose name the certificate is to have, if that is asked.
    pub(super) name: &'s NameCheck,
    /// What a fault means if the client does not judge.
    pub(super) faults: Faults,
}

/// What a fault of a certificate means, where the client judges nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Faults {
    /// The answer is no: nobody has said that it does not matter.
    Fail,
    /// `--client-auth 0`: the client takes every server; it is told all the same.
    Stand,
}

/// What it asks of its clients.
#[derive(Debug, Serialize)]
pub(super) struct ClientCertificateShown {
    pub(super) asked: Option<bool>,
    /// The CAs that may have issued it; none if any will do.
    pub(super) authorities: Vec<String>,
    pub(super) without: Without,
    pub(super) why: Option<String>,
}

/// What becomes of a client without a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Without {
    NotAsked,
    LetIn,
    Refused,
    NotSeen,
}

impl From<&Explanation> for ExplanationShown {
    fn from(explanation: &Explanation) -> Self {
        Self {
            what: explanation.what.clone(),
            at: explanation.at.to_string(),
            remedy: explanation.remedy.clone(),
            sentence: explanation.to_string(),
            advice: explanation.advice(),
        }
    }
}

impl Report {
    pub(super) fn new(
        service: &NetworkAddress,
        contact: &Contact,
        ends: &Ends<'_>,
        standards: &Standards<'_>,
        now: Timestamp,
    ) -> Self {
        let failure = contact.failure();
        let established = contact.established();
        let mut report = Self {
            service: service.to_string(),
            address: contact.address.to_string(),
            at: now.to_string(),
            works: failure.is_none(),
            speaks: speaks(contact),
            failed: contact.failed_step().map(|step| step.to_string()),
            why: failure.map(ToString::to_string),
            also: match failure {
                Some(failure) => failure.later(),
                None => contact.not_said().iter().map(ToString::to_string).collect(),
            },
            explanation: of_contact(contact, ends, now)
                .as_ref()
                .map(ExplanationShown::from),
            version: established
                .and_then(|one| one.version)
                .map(|version| version.to_string()),
            suite: established.and_then(|one| one.suite),
            group: established.and_then(|one| one.group),
            names: Vec::new(),
            trust: None,
            certificate: None,
            sent: contact.presented().len(),
            unreadable: Vec::new(),
            client_certificate: ClientCertificateShown::new(contact),
            offers: None,
            no_offers: None,
            thumbprint: None,
            is_settled: contact.not_said().is_none(),
        };
        match Presented::read(contact.presented()) {
            None => {}
            Some(Err(error)) => report
                .unreadable
                .push(format!("certificate 1 cannot be read: {error}")),
            Some(Ok(presented)) => {
                report.take_certificates(&presented, contact, ends, standards, now);
            }
        }
        report
    }

    pub(super) fn essence(&self) -> Essence {
        Essence {
            works: self.works,
            speaks: self.speaks,
            failed: self.failed.clone(),
            version: self.version.clone(),
            without: self.client_certificate.without,
            thumbprint: self.thumbprint.clone(),
        }
    }

    /// What is another than it was: the version, the certificate, what becomes of a client without one.
    pub(super) fn changes_since(&self, before: &Essence) -> Vec<String> {
        let mut changes = Vec::new();
        if let (Some(now), Some(was)) = (&self.version, &before.version)
            && now != was
        {
            changes.push(format!("it speaks {now}, and spoke {was}"));
        }
        if let (Some(now), Some(was)) = (&self.thumbprint, &before.thumbprint)
            && now != was
        {
            let leaf = self.certificate.as_ref().and_then(|one| one.path.first());
            let of = leaf.map(|leaf| format!(": {:?} until {}", leaf.subject, leaf.not_after));
            changes.push(format!(
                "it shows another certificate{}",
                of.unwrap_or_default()
            ));
        }
        let now = self.client_certificate.without;
        if now != before.without {
            let became = match now {
                Without::NotAsked => Some("is not asked for it any more"),
                Without::LetIn => Some("is let in now"),
                Without::Refused => Some("is refused now"),
                Without::NotSeen => None,
            };
            changes.extend(became.map(|became| format!("a client without a certificate {became}")));
        }
        changes
    }

    fn take_certificates(
        &mut self,
        presented: &Presented,
        contact: &Contact,
        ends: &Ends<'_>,
        standards: &Standards<'_>,
        now: Timestamp,
    ) {
        let Standards {
            rules,
            name,
            faults,
        } = *standards;
        let judged = presented.judge(rules, name, now);
        self.thumbprint = Some(presented.leaf.thumbprint());
        let names = presented.leaf.extensions().subject_alt_names.as_deref();
        self.names = match (names, presented.leaf.subject().common_name()) {
            (Some(names), _) => names.iter().map(ToString::to_string).collect(),
            (None, Some(name)) => vec![format!("CN={name}")],
            (None, None) => Vec::new(),
        };
        self.trust = Some(match judged.basis {
            Basis::Client => Trust::Given,
            Basis::Itself => match faults {
                Faults::Fail => Trust::NotGiven,
                Faults::Stand => Trust::NotAsked,
            },
        });
        let unreadable = presented.unreadable.iter();
        self.unreadable = unreadable
            .map(|(position, error)| format!("certificate {position} cannot be read: {error}"))
            .collect();
        // Whoever trusts nobody takes every server: what is wrong is said all the same. A key that is too weak for us to
        // verify anything with is not told as a wrong one.
        let failure = contact.failure();
        let next = of_contact(contact, ends, now).filter(|_| is_of_client(failure, faults));
        let says_more =
            |rejected: &Rejected| self.works || next.is_some() || is_unverified(failure, rejected);
        if let (Basis::Itself, Err(rejected)) = (judged.basis, &judged.verdict)
            && says_more(rejected)
        {
            let reasons = rejected.reasons().map(ToString::to_string);
            if faults == Faults::Stand && self.works {
                self.also.extend(reasons);
            } else {
                self.works = false;
                self.failed = Some(rejected.step().to_string());
                self.why = Some(rejected.first.to_string());
                self.also = reasons.skip(1).collect();
                let explanation = of_refused(rejected, ends);
                let explanation = match &next {
                    Some(next) => explanation.and_then(next),
                    None => explanation,
                };
                self.explanation = Some(ExplanationShown::from(&explanation));
            }
        }
        self.certificate = Some(Answered::new(Purpose::Server, &judged.verdict));
    }
}

/// Whether the server has refused its client, which by then has taken the server: what a client that judges has against that comes
/// first.
fn is_of_client(failure: Option<&Failure>, faults: Faults) -> bool {
    matches!(failure, Some(Failure::PeerAlert(_))) && faults == Faults::Fail
}

/// Whether the handshake failed for a key that is too weak, which is then the first thing that is wrong.
fn is_unverified(failure: Option<&Failure>, rejected: &Rejected) -> bool {
    matches!(failure, Some(Failure::NotItsKey))
        && Trouble::of_reason(&rejected.first).0 == Trouble::Weak
}

fn speaks(contact: &Contact) -> Speaks {
    match contact.failure() {
        _ if contact.speaks_tls() => Speaks::Tls,
        Some(Failure::PlainText { .. }) => Speaks::PlainText,
        Some(_) | None => Speaks::NotKnown,
    }
}

impl ClientCertificateShown {
    fn new(contact: &Contact) -> Self {
        let wanted = contact.wanted();
        let authorities = wanted.map_or(&[][..], |wanted| &wanted.authorities);
        let (without, why) = match contact.without_certificate() {
            WithoutCertificate::NotAsked => (Without::NotAsked, None),
            WithoutCertificate::LetIn => (Without::LetIn, None),
            WithoutCertificate::Refused(failure) => (Without::Refused, Some(failure.to_string())),
            WithoutCertificate::NotSaid(not_said) => (Without::NotSeen, Some(not_said.to_string())),
            WithoutCertificate::NotSeen => (Without::NotSeen, None),
        };
        let asked = match without {
            _ if wanted.is_some() => Some(true),
            Without::NotAsked => Some(false),
            Without::LetIn | Without::Refused | Without::NotSeen => None,
        };
        Self {
            asked,
            authorities: authorities.iter().map(|name| shown(name)).collect(),
            without,
            why,
        }
    }
}

/// The name of a CA, in words.
fn shown(der: &[u8]) -> String {
    Name::from_der(der).map_or_else(
        |error| format!("a name that cannot be read: {error}"),
        |name| name.to_string(),
    )
}
