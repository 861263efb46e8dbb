//! One service, asked: a connection as its client makes it, and one as somebody without a certificate where the first
//! does not tell all.
//!
//! Invariant: at most two connections, one after the other, each with limits of its own; and one more where it is not known whether
//! the engine of the client takes what ours does not.

pub mod admission;

use std::net::SocketAddr;
use std::time::Instant;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use trustpack_judge::reason::Step;
use trustpack_material::prediction::Otherwise;
use trustpack_settings::value::{NetworkAddress, ProtocolVersion};
use trustpack_tls::cause::Cause;
use trustpack_tls::client::ClientContext;
use trustpack_tls::established::Established;
use trustpack_tls::handshake::{Failure, Manner};
use trustpack_tls::observed::{CertificateWanted, Observed, Seen};

use self::admission::{Admission, NotSaid, verdict};
use crate::callers::{Callers, Presents};
use crate::dial::{ProxyHeader, Unreached, dial};
use crate::imitated::not_shown;
use crate::limits::{LEAVE, Limits, MAX_GREETING_BYTES};
use crate::survey::Offers;
use crate::survey::asking::Asked;
use crate::survey::lack::{Lacking, Offer, lack};
use crate::survey::names::Version;

/// What a service did.
#[derive(Debug)]
pub struct Contact {
    /// Where it answered.
    pub address: SocketAddr,
    /// To its client.
    pub client: Attempt,
    /// To somebody without a certificate who takes every server, if that was asked as well.
    pub nobody: Option<Attempt>,
    /// What it takes beside what was agreed, if that was asked.
    pub takes: Takes,
    /// What it lacks, if that was asked of one with which its client came to no agreement.
    pub lacking: Option<Lacking>,
    /// Where the engine of the client judges otherwise than ours, which has connected in its place.
    pub(crate) otherwise: Option<Otherwise>,
    client_presents: Presents,
    pub(crate) client_offer: Offer,
}

/// What a service takes beside what was agreed.
#[derive(Debug)]
pub enum Takes {
    /// It was not asked.
    NotAsked,
    /// The highest version up to one that was named; nothing if it takes none of them.
    AtMost(Option<Version>),
    /// Everything.
    Offers(Box<Offers>),
}

/// What came of one connection.
#[derive(Debug)]
pub struct Attempt {
    /// What was agreed, once the handshake was done at our end.
    pub established: Option<Established>,
    /// What the server presented and asked for.
    pub seen: Seen,
    /// Why it failed, if it did: in the handshake or, under TLS 1.3, after it.
    pub failure: Option<Failure>,
    /// Whether the server has taken its certificate, or the lack of one, where it did not fail.
    pub admission: Admission,
}

/// What becomes of a client without a certificate.
#[derive(Clone, Copy, Debug)]
pub enum WithoutCertificate<'a> {
    /// Nobody asks for one.
    NotAsked,
    /// It is asked, and let in without.
    LetIn,
    /// It is refused.
    Refused(&'a Failure),
    /// It is asked, and the service says nothing to one that shows none.
    NotSaid(NotSaid),
    /// It was not seen.
    NotSeen,
}

/// Asks a service.
///
/// # Errors
///
/// [`Unreached`] if it cannot be reached.
pub async fn contact(
    callers: &Callers,
    to: &NetworkAddress,
    limits: &Limits,
) -> Result<Contact, Unreached> {
    let (stream, address) = dial(to, limits.connect, callers.header).await?;
    let mut client = attempt(&callers.client, stream, limits, &[]).await;
    let imitated = callers.imitated.as_deref();
    let presents = callers.client_presents;
    let mut otherwise = imitated.and_then(|one| one.otherwise(&client, presents));
    // It may take the server, which then says what it has against the client.
    if let (Some(one), Some(Otherwise::NotKnown(_)), Some(Failure::PeerRefused(_))) =
        (imitated, &otherwise, &client.failure)
        && let Ok((stream, _)) = dial(to, limits.connect, callers.header).await
    {
        let taken = attempt(&one.unchecked, stream, limits, &[]).await;
        // That a service is gone in between, or is silent, says nothing of the client.
        if taken.failure.as_ref().is_some_and(is_of_tls) && not_shown(&taken, presents).is_none() {
            (client, otherwise) = (taken, None);
        }
    }
    let asks_more = match &client.failure {
        // Whoever speaks no TLS, or not at all, says no more to somebody else.
        Some(failure) => is_of_tls(failure),
        None => client.seen.wanted.is_some(),
    };
    let mut contact = Contact {
        address,
        otherwise,
        client,
        nobody: None,
        takes: Takes::NotAsked,
        lacking: None,
        client_presents: presents,
        client_offer: callers.client_offer.clone(),
    };
    // A client that shows nothing and has failed was as good as nobody, unless it was the one who refused.
    let differs = presents == Presents::Certificate
        || contact.client.seen.presented.is_empty()
        || contact.client.established.is_none();
    if asks_more && differs {
        let to = NetworkAddress::Given(vec![address]);
        // A service that is gone in between was there all the same.
        if let Ok((stream, _)) = dial(&to, limits.connect, callers.header).await {
            contact.nobody = Some(attempt(&callers.nobody, stream, limits, &[]).await);
        }
    }
    Ok(contact)
}

/// Whether somebody listens, and where. Nothing is said, and what the service says is thrown away.
///
/// # Errors
///
/// [`Unreached`] if it cannot be reached.
pub async fn knock(
    to: &NetworkAddress,
    limits: &Limits,
    header: Option<ProxyHeader>,
) -> Result<SocketAddr, Unreached> {
    let (mut stream, address) = dial(to, limits.connect, header).await?;
    // What is unread at the end would make the end a break; whoever greets has done so by now.
    let leave = async {
        stream.shutdown().await?;
        let mut left = MAX_GREETING_BYTES;
        let mut thrown_away = [0; 1024];
        while left > 0 {
            match stream.read(&mut thrown_away).await? {
                0 => break,
                count => left = left.saturating_sub(count),
            }
        }
        std::io::Result::Ok(())
    };
    drop(timeout(LEAVE, leave).await);
    Ok(address)
}

/// One connection, from the first byte of its handshake to its end. `protocols` are those above TLS that are offered.
pub async fn attempt(
    context: &ClientContext,
    stream: TcpStream,
    limits: &Limits,
    protocols: &[&str],
) -> Attempt {
    let begun = Instant::now();
    let observed = context.observe(stream, limits.handshake, protocols);
    let Observed { outcome, seen } = observed.await;
    let took = begun.elapsed();
    match outcome {
        Err(failure) => Attempt {
            established: None,
            seen,
            failure: Some(failure),
            admission: Admission::Given,
        },
        Ok(mut stream) => {
            let established = stream.established();
            let verdict = verdict(&mut stream, &established, &seen, took, limits.verdict).await;
            let (failure, admission) = match verdict {
                Ok(admission) => (None, admission),
                Err(failure) => (Some(failure), Admission::Given),
            };
            Attempt {
                established: Some(established),
                seen,
                failure,
                admission,
            }
        }
    }
}

/// Whether somebody who speaks TLS has failed so.
fn is_of_tls(failure: &Failure) -> bool {
    failure.manner() == Manner::InTls
}

impl Contact {
    /// Why the client's connection failed, if it did.
    #[must_use]
    pub fn failure(&self) -> Option<&Failure> {
        self.client.failure.as_ref()
    }

    /// That nothing was said to the client's certificate, or to the lack of one, if nothing was.
    #[must_use]
    pub fn not_said(&self) -> Option<NotSaid> {
        match self.client.admission {
            Admission::Given => None,
            Admission::NotSaid(not_said) => Some(not_said),
        }
    }

    /// Why the client refuses the server's certificates, if it does for certain.
    pub(crate) fn refuses(&self) -> Option<String> {
        match (&self.otherwise, self.failure()) {
            (Some(Otherwise::Refuses { why, .. }), _) => Some(why.clone()),
            (Some(Otherwise::NotKnown(_)), _) | (None, None) => None,
            (None, Some(failure)) => {
                let is_refusal = matches!(Cause::of_failure(failure), Cause::Refused(..));
                is_refusal.then(|| failure.to_string())
            }
        }
    }

    /// The step of judgement at which the client's connection failed, if it was one.
    #[must_use]
    pub fn failed_step(&self) -> Option<Step> {
        if let Some(Otherwise::Refuses { step, .. }) = &self.otherwise {
            return Some(*step);
        }
        let failure = self.failure()?;
        // Version and suite were agreed before the server showed itself: an alert then is about something else.
        let agreed = !self.client.seen.presented.is_empty();
        if agreed && matches!(failure, Failure::PeerAlert(_)) {
            return None;
        }
        failure.step()
    }

    /// What was agreed, by the client or else by nobody.
    #[must_use]
    pub fn established(&self) -> Option<&Established> {
        self.attempts().find_map(|one| one.established.as_ref())
    }

    /// The certificates that were presented, as they were sent.
    #[must_use]
    pub fn presented(&self) -> &[Vec<u8>] {
        self.attempts()
            .map(|one| &one.seen.presented[..])
            .find(|presented| !presented.is_empty())
            .unwrap_or_default()
    }

    /// What the server asked the client for.
    #[must_use]
    pub fn wanted(&self) -> Option<&CertificateWanted> {
        self.attempts().find_map(|one| one.seen.wanted.as_ref())
    }

    /// Whether the service speaks TLS, whatever came of it.
    #[must_use]
    pub fn speaks_tls(&self) -> bool {
        self.established().is_some()
            || !self.presented().is_empty()
            || self.failure().is_some_and(is_of_tls)
    }

    /// Whether it speaks TLS, and nobody came as far as its certificate: it is worth asking what it lacks.
    #[must_use]
    pub fn agreed_on_nothing(&self) -> bool {
        self.failure().is_some_and(is_of_tls)
            && self.established().is_none()
            && self.presented().is_empty()
    }

    /// Asks what the service lacks with which nobody, or only its client, came to no agreement; of others nothing.
    pub async fn seek_lack(&mut self, asked: &Asked<'_>) {
        let of_whom = if self.agreed_on_nothing() {
            Lacking::ForAll
        } else if self.client_alone_agreed_on_nothing() {
            Lacking::ForClient
        } else {
            return;
        };
        self.lacking = lack(&self.client_offer, asked).await.map(of_whom);
    }

    fn client_alone_agreed_on_nothing(&self) -> bool {
        self.nobody_agreed().is_some() && self.client_agreed_on_nothing()
    }

    /// The version, and the suite as far as that is known, that somebody else has agreed on. One who is refused for want of a
    /// certificate has agreed on them as well: in TLS 1.2 before it is told so.
    pub(crate) fn nobody_agreed(&self) -> Option<(ProtocolVersion, Option<&'static str>)> {
        let nobody = self.nobody.as_ref()?;
        if let Some(established) = &nobody.established {
            return Some((established.version?, established.suite));
        }
        (!nobody.seen.presented.is_empty()).then_some((ProtocolVersion::Tls12, None))
    }

    /// Whether it speaks TLS, and its client did not come as far as its certificate.
    #[must_use]
    pub fn client_agreed_on_nothing(&self) -> bool {
        self.failure().is_some_and(is_of_tls)
            && self.client.established.is_none()
            && self.client.seen.presented.is_empty()
    }

    /// Whether it let the client wait to the end of its time, without a word or in the middle of the handshake.
    pub(crate) fn let_wait(&self) -> bool {
        let failure = self.failure().map(Cause::of_failure);
        matches!(failure, Some(Cause::TimedOut(_)))
    }

    /// Whether the client has presented a certificate to a server that asks.
    pub(crate) fn client_presents(&self) -> bool {
        match self.client_presents {
            Presents::Certificate => true,
            Presents::Nothing | Presents::NotByOurs | Presents::NotTaken => false,
        }
    }

    /// What is not known if it has one that ours could not present in its place.
    pub(crate) fn not_shown(&self) -> Option<&'static str> {
        not_shown(&self.client, self.client_presents)
    }

    /// Whether it has one that ours could not present, and that its server does not take.
    pub(crate) fn is_not_taken(&self) -> bool {
        self.client_presents == Presents::NotTaken && self.client.seen.wanted.is_some()
    }

    /// Whether ours has refused the server.
    pub(crate) fn ours_refuses(&self) -> bool {
        matches!(self.failure(), Some(Failure::PeerRefused(_)))
    }

    /// What becomes of a client without a certificate.
    #[must_use]
    pub fn without_certificate(&self) -> WithoutCertificate<'_> {
        let shown_nothing = match self.client_presents {
            Presents::Nothing | Presents::NotByOurs | Presents::NotTaken => {
                self.nobody.as_ref().or(Some(&self.client))
            }
            Presents::Certificate => self.nobody.as_ref(),
        };
        let Some(attempt) = shown_nothing else {
            return match (&self.client.established, self.wanted()) {
                (Some(_), None) => WithoutCertificate::NotAsked,
                (Some(_) | None, _) => WithoutCertificate::NotSeen,
            };
        };
        match (&attempt.seen.wanted, &attempt.failure, &attempt.established) {
            (None, None, Some(_)) => WithoutCertificate::NotAsked,
            (Some(_), None, Some(_)) => match attempt.admission {
                Admission::Given => WithoutCertificate::LetIn,
                Admission::NotSaid(not_said) => WithoutCertificate::NotSaid(not_said),
            },
            (Some(_), Some(failure), _) => WithoutCertificate::Refused(failure),
            (None, Some(_), _) | (_, None, None) => WithoutCertificate::NotSeen,
        }
    }

    fn attempts(&self) -> impl Iterator<Item = &Attempt> {
        std::iter::once(&self.client).chain(&self.nobody)
    }
}
