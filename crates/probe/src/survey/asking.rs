//! Asking a service what it takes.
//!
//! Invariant: one connection after the other, with a pause between, and at most [`MAX_CONNECTIONS`].

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};
use trustpack_settings::value::{NetworkAddress, PeerName};
use trustpack_x509::dns::DnsName;

use super::answer::{self, Answer, Flight};
use super::hello::Hello;
use super::names::{Group, Signature, Version};
use super::suites::{self, Exchange, Suite};
use super::{Compression, CutShort, Decides, NameEffect, OfVersion, Offers, Older, Protection};
use crate::callers::Callers;
use crate::contact::attempt;
use crate::dial::{Unreached, dial};
use crate::limits::Limits;

/// Connections that are made to one service.
///
/// Source: ours. A server with everything on takes some ninety: each suite, group and signature costs one.
pub const MAX_CONNECTIONS: usize = 200;

/// How long is waited between two connections.
///
/// Source: ours; with it a service has at most a few hundred handshakes in some seconds, none of them finished.
pub const PAUSE: Duration = Duration::from_millis(5);

/// Octets that are read at once.
const PIECE_BYTES: usize = 4096;

/// Protocols above TLS that are offered, one after the other. Source: IANA's registry of ALPN protocol IDs.
const PROTOCOLS: [&str; 3] = ["h2", "http/1.1", "postgresql"];

/// Whom is asked, and how.
#[derive(Clone, Debug)]
pub struct Asked<'a> {
    /// The service.
    pub to: &'a NetworkAddress,
    /// Whom it is asked for.
    pub name: Option<&'a PeerName>,
    /// The limits of each connection.
    pub limits: Limits,
    /// Random octets for the hellos; no secret.
    pub random: [u8; 32],
}

/// Asks a service what it takes.
///
/// # Errors
///
/// [`Unreached`] if it cannot be reached at all.
pub async fn ask(asked: &Asked<'_>) -> Result<Offers, Unreached> {
    let mut asking = Asking {
        asked,
        left: MAX_CONNECTIONS,
        reached: Ok(()),
    };
    let mut offers = Offers::default();
    for version in Version::ALL {
        if let Some(found) = asking.version(version, &mut offers.older).await {
            offers.versions.push(found);
        }
    }
    for index in 0..offers.versions.len() {
        let Some(of_version) = offers.versions.get(index).cloned() else {
            break;
        };
        match of_version.version {
            Version::Tls13 => asking.groups(&of_version, &mut offers).await,
            Version::Tls12 => {
                asking.groups(&of_version, &mut offers).await;
                asking.signatures(&of_version, &mut offers).await;
            }
            Version::Ssl3 | Version::Tls10 | Version::Tls11 => {}
        }
    }
    asking.names(&mut offers).await;
    asking.protocols(&mut offers).await;
    offers.connections = MAX_CONNECTIONS - asking.left;
    if asking.left == 0 {
        offers.cut_short = CutShort::Yes;
    }
    match (offers.versions.is_empty(), asking.reached) {
        (true, Err(why)) => Err(why),
        (_, Ok(()) | Err(_)) => Ok(offers),
    }
}

/// A survey on its way.
struct Asking<'a> {
    asked: &'a Asked<'a>,
    /// Connections that may still be made.
    left: usize,
    /// Whether it could be reached when it was asked last.
    reached: Result<(), Unreached>,
}

impl Asking<'_> {
    /// A version with all its suites; `None` if it is not taken.
    async fn version(&mut self, version: Version, older: &mut Option<Older>) -> Option<OfVersion> {
        let mut left: Vec<Suite> = suites::all()
            .filter(|suite| suite.is_of_tls13() == (version == Version::Tls13))
            .collect();
        let mut taken = Vec::new();
        while let Some(flight) = self.flight(version, &left, None, None).await {
            let Some(index) = left.iter().position(|suite| suite.number == flight.suite) else {
                break;
            };
            if taken.is_empty() && version < Version::Tls13 && older.is_none() {
                *older = Some(Older::of(&flight));
            }
            taken.push(left.remove(index));
        }
        if taken.is_empty() {
            return None;
        }
        Some(OfVersion {
            version,
            decides: self.decides(version, &taken).await,
            suites: taken,
        })
    }

    /// Whether the server keeps to its own order when it is asked the other way round.
    async fn decides(&mut self, version: Version, taken: &[Suite]) -> Decides {
        if taken.len() < 2 {
            return Decides::NotSeen;
        }
        let reversed: Vec<Suite> = taken.iter().rev().copied().collect();
        let first = |suites: &[Suite]| suites.first().map(|suite| suite.number);
        match self.flight(version, &reversed, None, None).await {
            Some(flight) if Some(flight.suite) == first(taken) => Decides::Server,
            Some(flight) if Some(flight.suite) == first(&reversed) => Decides::Client,
            Some(_) | None => Decides::NotSeen,
        }
    }

    async fn groups(&mut self, of_version: &OfVersion, offers: &mut Offers) {
        let with = |exchange| {
            let suites = of_version.suites.iter().copied();
            let fitting =
                suites.filter(move |suite| suite.is_of_tls13() || suite.exchange() == exchange);
            fitting.collect::<Vec<_>>()
        };
        let version = of_version.version;
        let curves = with(Exchange::Curve);
        let mut left: Vec<Group> = Group::all().collect();
        while !curves.is_empty() && !left.is_empty() {
            let flight = self.flight(version, &curves, Some(&left), None).await;
            let group = flight.and_then(|flight| flight.group);
            let Some(index) = group.and_then(|group| left.iter().position(|one| *one == group))
            else {
                break;
            };
            let group = left.remove(index);
            if !offers.groups.contains(&group) {
                offers.groups.push(group);
            }
        }
        let numbers = with(Exchange::Numbers);
        if version == Version::Tls12 && !numbers.is_empty() {
            let flight = self.flight(version, &numbers, None, None).await;
            offers.number_group_bits = flight.and_then(|flight| flight.number_bits);
        }
    }

    async fn signatures(&mut self, of_version: &OfVersion, offers: &mut Offers) {
        let suites = of_version.suites.iter().copied();
        let signed: Vec<Suite> = suites
            .filter(|suite| suite.exchange() != Exchange::Other && !suite.is_anonymous())
            .collect();
        let mut left: Vec<Signature> = Signature::all().collect();
        while !signed.is_empty() && !left.is_empty() {
            let flight = self
                .flight(of_version.version, &signed, None, Some(&left))
                .await;
            let signature = flight.and_then(|flight| flight.signature);
            let Some(index) = signature.and_then(|found| left.iter().position(|one| *one == found))
            else {
                break;
            };
            offers.signatures.push(left.remove(index));
        }
    }

    /// Whether a client that names no host is shown another certificate.
    async fn names(&mut self, offers: &mut Offers) {
        if offers.versions.is_empty() || !matches!(self.asked.name, Some(PeerName::Dns(_))) {
            return;
        }
        let with = self.certificate(self.asked.name, &[]).await;
        let without = self.certificate(None, &[]).await;
        offers.name = match (with, without) {
            (Some((with, _)), Some((without, _))) if with == without => NameEffect::Same,
            (Some(_), Some(_)) => NameEffect::Another,
            (Some(_), None) => NameEffect::Refused,
            (None, _) => NameEffect::NotSeen,
        };
    }

    async fn protocols(&mut self, offers: &mut Offers) {
        if offers.versions.is_empty() {
            return;
        }
        for name in PROTOCOLS {
            if let Some((_, true)) = self.certificate(self.asked.name, &[name]).await {
                offers.protocols.push(name);
            }
        }
    }

    /// The certificate that somebody is shown who asks for this name, and whether the protocol was agreed.
    async fn certificate(
        &mut self,
        name: Option<&PeerName>,
        protocols: &[&str],
    ) -> Option<(Vec<u8>, bool)> {
        let callers = Callers::nobody(name).ok()?;
        let stream = self.connect().await?;
        let attempt = attempt(&callers.nobody, stream, &self.asked.limits, protocols).await;
        let agreed = attempt
            .established
            .is_some_and(|one| one.protocol.is_some());
        Some((attempt.seen.presented.into_iter().next()?, agreed))
    }

    /// The answer to a hello with these suites, and with all groups and signatures unless they are given.
    async fn flight(
        &mut self,
        version: Version,
        suites: &[Suite],
        groups: Option<&[Group]>,
        signatures: Option<&[Signature]>,
    ) -> Option<Flight> {
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
        let record = hello.record();
        let mut stream = self.connect().await?;
        let listening = listen(&mut stream, &record);
        let answer = timeout(self.asked.limits.handshake, listening).await;
        match answer.unwrap_or(Answer::Other) {
            Answer::Flight(flight) if flight.version == version.number() => Some(*flight),
            Answer::Flight(_) | Answer::Alert(_) | Answer::Other | Answer::NeedsMore => None,
        }
    }

    fn dns_name(&self) -> Option<&DnsName> {
        match self.asked.name {
            Some(PeerName::Dns(name)) => Some(name),
            Some(PeerName::Ip(_)) | None => None,
        }
    }

    async fn connect(&mut self) -> Option<TcpStream> {
        self.left = self.left.checked_sub(1)?;
        sleep(PAUSE).await;
        match dial(self.asked.to, self.asked.limits.connect).await {
            Ok((stream, _)) => {
                self.reached = Ok(());
                Some(stream)
            }
            Err(why) => {
                self.reached = Err(why);
                None
            }
        }
    }
}

/// Sends a hello and reads until the answer is whole.
async fn listen(stream: &mut TcpStream, record: &[u8]) -> Answer {
    if stream.write_all(record).await.is_err() {
        return Answer::Other;
    }
    let mut octets = Vec::new();
    let mut piece = [0; PIECE_BYTES];
    loop {
        match stream.read(&mut piece).await {
            Ok(count) if count > 0 => {
                octets.extend_from_slice(piece.get(..count).unwrap_or_default());
                let answer = answer::read(&octets);
                if answer != Answer::NeedsMore {
                    return answer;
                }
            }
            Ok(_) | Err(_) => return Answer::Other,
        }
    }
}

impl Older {
    fn of(flight: &Flight) -> Self {
        let protection = |there| {
            if there {
                Protection::There
            } else {
                Protection::Missing
            }
        };
        Self {
            compression: match flight.compression {
                0 => Compression::Off,
                _ => Compression::On,
            },
            renegotiation: protection(flight.secure_renegotiation),
            master_secret: protection(flight.extended_master_secret),
        }
    }
}
