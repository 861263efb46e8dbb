//! What is asked of a service, and what follows from its answers.
//!
//! Invariant: one connection after the other, with a pause between, and never more than the limits allow
//! ([`crate::limits`]).

mod groups_and_signatures;

use trustpack_settings::value::{NetworkAddress, PeerName};
use trustpack_x509::dns::DnsName;

use super::answer::{Answer, Flight};
use super::hello::{self, Hello};
use super::names::{Group, Signature, Version};
use super::progress::Progress;
use super::questions::{EMPTY_LINES, Heard, Questions, REQUEST};
use super::suites::{self, Suite};
use super::{CutShort, Decides, NameEffect, OfVersion, Offers, Older, PlainText, Unknown};
use crate::callers::Callers;
use crate::dial::{ProxyHeader, Unreached};
use crate::limits::Limits;

/// Protocols above TLS that are offered, one after the other. Source: IANA's registry of ALPN protocol IDs.
const PROTOCOLS: [&str; 3] = ["h2", "http/1.1", "postgresql"];

/// Those of them that are HTTP.
const HTTP: [&str; 2] = ["h2", "http/1.1"];

/// Whom is asked, and how.
#[derive(Clone, Debug)]
pub struct Asked<'a> {
    /// The service.
    pub to: &'a NetworkAddress,
    /// Whom it is asked for.
    pub name: Option<PeerName>,
    /// With what each connection begins.
    pub header: Option<ProxyHeader>,
    /// The limits of each connection.
    pub limits: Limits,
    /// Random octets for the hellos; no secret.
    pub random: [u8; 32],
    /// Where somebody else sees how far it is.
    pub progress: Progress,
}

/// Asks a service what it takes.
///
/// # Errors
///
/// [`Unreached`] if it cannot be reached at all.
pub async fn ask(asked: &Asked<'_>) -> Result<Offers, Unreached> {
    let mut asking = Asking::new(asked);
    for version in Version::ALL {
        asking.version(version).await;
    }
    asking.ssl2().await;
    for index in 0..asking.offers.versions.len() {
        let Some(of_version) = asking.offers.versions.get(index).cloned() else {
            break;
        };
        match of_version.version {
            Version::Tls13 => asking.groups(&of_version).await,
            Version::Tls12 => {
                asking.groups(&of_version).await;
                asking.signatures(&of_version).await;
            }
            Version::Ssl2 | Version::Ssl3 | Version::Tls10 | Version::Tls11 => {}
        }
    }
    asking.names().await;
    asking.protocols().await;
    asking.plain_text().await;
    let Asking {
        questions,
        mut offers,
        ..
    } = asking;
    offers.connections = questions.made();
    if questions.is_spent() {
        offers.cut_short = CutShort::Yes;
    }
    match (offers.versions.is_empty(), questions.reached) {
        (true, Err(why)) => Err(why),
        (_, Ok(()) | Err(_)) => Ok(offers),
    }
}

/// The highest version of at most `version` that a service takes, asked with one hello; nothing if it takes none, or does not
/// say.
///
/// # Errors
///
/// [`Unreached`] if it cannot be reached.
pub async fn takes_at_most(
    version: Version,
    asked: &Asked<'_>,
) -> Result<Option<Version>, Unreached> {
    let mut asking = Asking::new(asked);
    let taken = asking.at_most(version).await;
    asking.questions.reached?;
    Ok(taken)
}

/// A survey on its way.
pub(super) struct Asking<'a> {
    asked: &'a Asked<'a>,
    questions: Questions<'a>,
    offers: Offers,
}

impl<'a> Asking<'a> {
    pub(super) fn new(asked: &'a Asked<'a>) -> Self {
        Self {
            asked,
            questions: Questions::new(asked),
            offers: Offers::default(),
        }
    }

    /// The highest version of at most this one that is taken; nothing if none is, or it does not say.
    async fn at_most(&mut self, version: Version) -> Option<Version> {
        match self.flight_at_most(version).await {
            Heard::Took(flight) => Version::of(flight.version),
            Heard::Refused | Heard::NotKnown => None,
        }
    }

    /// The answer to a hello with all that there is of this version, which may be of an older one.
    pub(super) async fn flight_at_most(&mut self, version: Version) -> Heard<Flight> {
        let suites: Vec<Suite> = suites::of(version).collect();
        let record = self.hello(version, &suites, None, None);
        match self.questions.hello(&record).await {
            Heard::Took(Answer::Flight(flight)) => Heard::Took(*flight),
            Heard::Took(Answer::Alert(_) | Answer::Other) | Heard::Refused => Heard::Refused,
            Heard::Took(Answer::TooMuch | Answer::NeedsMore) | Heard::NotKnown => Heard::NotKnown,
        }
    }

    /// A version with all its suites.
    async fn version(&mut self, version: Version) {
        let mut left: Vec<Suite> = suites::of(version).collect();
        let mut taken = Vec::new();
        loop {
            let flight = match self.flight(version, &left, None, None).await {
                Heard::Took(flight) => flight,
                Heard::Refused => break,
                Heard::NotKnown => {
                    self.offers.not_known.push(if taken.is_empty() {
                        Unknown::Version(version)
                    } else {
                        Unknown::Suites(version)
                    });
                    break;
                }
            };
            let Some(index) = left.iter().position(|suite| suite.number == flight.suite) else {
                break;
            };
            if taken.is_empty() && version < Version::Tls13 && self.offers.older.is_none() {
                self.offers.older = Some(Older::of(&flight));
            }
            taken.push(left.remove(index));
        }
        if !taken.is_empty() {
            let of_version = OfVersion {
                version,
                decides: self.decides(version, &taken).await,
                suites: taken,
            };
            self.offers.versions.push(of_version);
        }
    }

    /// SSL 2.0, of which only whether it is taken is asked.
    async fn ssl2(&mut self) {
        let record = hello::of_ssl2(&self.asked.random);
        match self.questions.ssl2(&record).await {
            Heard::Took(()) => self.offers.versions.push(OfVersion {
                version: Version::Ssl2,
                suites: Vec::new(),
                decides: Decides::NotSeen,
            }),
            Heard::Refused => {}
            Heard::NotKnown => {
                let unknown = Unknown::Version(Version::Ssl2);
                self.offers.not_known.push(unknown);
            }
        }
    }

    /// Whether the server keeps to its own order when it is asked the other way round.
    async fn decides(&mut self, version: Version, taken: &[Suite]) -> Decides {
        if taken.len() < 2 {
            return Decides::NotSeen;
        }
        let reversed: Vec<Suite> = taken.iter().rev().copied().collect();
        let first = |suites: &[Suite]| suites.first().map(|suite| suite.number);
        match self.flight(version, &reversed, None, None).await {
            Heard::Took(flight) if Some(flight.suite) == first(taken) => Decides::Server,
            Heard::Took(flight) if Some(flight.suite) == first(&reversed) => Decides::Client,
            Heard::Took(_) | Heard::Refused => Decides::NotSeen,
            Heard::NotKnown => {
                self.offers.not_known.push(Unknown::Decides(version));
                Decides::NotSeen
            }
        }
    }

    /// Whether a client that names no host is shown another certificate.
    async fn names(&mut self) {
        if self.offers.versions.is_empty() || !matches!(self.asked.name, Some(PeerName::Dns(_))) {
            return;
        }
        let with = self.certificate(self.asked.name.as_ref(), &[]).await;
        let without = self.certificate(None, &[]).await;
        self.offers.name = match (with, without) {
            (Heard::Took((with, _)), Heard::Took((without, _))) if with == without => {
                NameEffect::Same
            }
            (Heard::Took(_), Heard::Took(_)) => NameEffect::Another,
            (Heard::Took(_), Heard::Refused) => NameEffect::Refused,
            (Heard::Refused, _) => NameEffect::NotSeen,
            (Heard::NotKnown, _) | (_, Heard::NotKnown) => {
                self.offers.not_known.push(Unknown::Name);
                NameEffect::NotSeen
            }
        };
    }

    async fn protocols(&mut self) {
        if self.offers.versions.is_empty() {
            return;
        }
        for name in PROTOCOLS {
            match self.certificate(self.asked.name.as_ref(), &[name]).await {
                Heard::Took((_, true)) => self.offers.protocols.push(name),
                Heard::Took((_, false)) | Heard::Refused => {}
                Heard::NotKnown => self.offers.not_known.push(Unknown::Protocol(name)),
            }
        }
    }

    /// Last, as it is the one question that is no handshake. Whoever speaks HTTP waits for more than empty lines, or has an
    /// answer to everything: it is asked once more, with a request that is in order.
    async fn plain_text(&mut self) {
        let mut heard = self.questions.plain_text(EMPTY_LINES).await;
        let mut said = EMPTY_LINES;
        let offers_http = self.offers.protocols.iter().any(|name| HTTP.contains(name));
        let by_request =
            |heard: &PlainText| heard.is_http() || (*heard == PlainText::Waits && offers_http);
        if heard.as_ref().is_some_and(by_request) {
            let answer = self.questions.plain_text(REQUEST).await;
            heard = answer.map(PlainText::of_request);
            said = REQUEST;
        }
        if heard == Some(PlainText::Waits) {
            heard = self.questions.silence_after(said).await;
        }
        self.offers.plain_text = heard.unwrap_or_else(|| {
            self.offers.not_known.push(Unknown::PlainText);
            PlainText::NotSeen
        });
    }

    /// The certificate that somebody is shown who asks for this name, and whether the protocol was agreed.
    async fn certificate(
        &mut self,
        name: Option<&PeerName>,
        protocols: &[&str],
    ) -> Heard<(Vec<u8>, bool)> {
        let Ok(callers) = Callers::nobody(name) else {
            return Heard::NotKnown;
        };
        match self.questions.handshake(&callers, protocols).await {
            Heard::Took(attempt) => {
                let agreed = attempt
                    .established
                    .is_some_and(|one| one.protocol.is_some());
                let own = attempt.seen.presented.into_iter().next();
                own.map_or(Heard::Refused, |own| Heard::Took((own, agreed)))
            }
            Heard::Refused => Heard::Refused,
            Heard::NotKnown => Heard::NotKnown,
        }
    }

    /// What was heard, if something was taken; what is not known is noted.
    fn known(&mut self, heard: Heard<Flight>, unknown: Unknown) -> Option<Flight> {
        match heard {
            Heard::Took(flight) => Some(flight),
            Heard::Refused => None,
            Heard::NotKnown => {
                if !self.offers.not_known.contains(&unknown) {
                    self.offers.not_known.push(unknown);
                }
                None
            }
        }
    }

    /// The answer to a hello with these suites, and with all groups and signatures unless they are given.
    pub(super) async fn flight(
        &mut self,
        version: Version,
        suites: &[Suite],
        groups: Option<&[Group]>,
        signatures: Option<&[Signature]>,
    ) -> Heard<Flight> {
        if suites.is_empty() {
            return Heard::Refused;
        }
        let record = self.hello(version, suites, groups, signatures);
        match self.questions.hello(&record).await {
            Heard::Took(Answer::Flight(flight)) if flight.version == version.number() => {
                Heard::Took(*flight)
            }
            Heard::Took(Answer::Flight(_) | Answer::Alert(_) | Answer::Other) | Heard::Refused => {
                Heard::Refused
            }
            Heard::Took(Answer::TooMuch | Answer::NeedsMore) | Heard::NotKnown => Heard::NotKnown,
        }
    }

    fn hello(
        &self,
        version: Version,
        suites: &[Suite],
        groups: Option<&[Group]>,
        signatures: Option<&[Signature]>,
    ) -> Vec<u8> {
        let all_groups: Vec<Group> = Group::all().collect();
        let all_signatures: Vec<Signature> = Signature::all().collect();
        let hello = Hello {
            version,
            suites,
            groups: groups.unwrap_or(&all_groups),
            signatures: signatures.unwrap_or(&all_signatures),
            name: self.dns_name(),
            random: self.asked.random,
        };
        hello.record()
    }

    fn dns_name(&self) -> Option<&DnsName> {
        match &self.asked.name {
            Some(PeerName::Dns(name)) => Some(name),
            Some(PeerName::Ip(_)) | None => None,
        }
    }
}
