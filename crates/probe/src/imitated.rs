//! A client of another engine, in whose place ours connects.
//!
//! Invariant: what only our engine does is never said to be what the client does.

use trustpack_material::material::Material;
use trustpack_material::peer_rules::PeerRules;
use trustpack_material::prediction::{End, Otherwise, judged_otherwise};
use trustpack_settings::endpoint::{Endpoint, Engine};
use trustpack_settings::value::ProtocolVersion;
use trustpack_tls::cause::Cause;
use trustpack_tls::client::ClientContext;
use trustpack_tls::context::ContextError;
use trustpack_tls::handshake::Failure;
use trustpack_x509::time::Timestamp;

use crate::callers::{CallersError, Presents, danger_unchecked};
use crate::contact::Attempt;
use crate::explain::alert::Meaning;
use crate::judgement::Presented;
use crate::survey::lack::Offer;

/// Such a client.
#[derive(Debug)]
pub(crate) struct Imitated {
    endpoint: Endpoint,
    /// By which its engine judges its server, if it does.
    rules: Option<PeerRules>,
    now: Timestamp,
    suites: Suites,
    /// The same, who takes every server: to see what that has against the client, where it is not known whether the client takes it.
    pub(crate) unchecked: ClientContext,
}

/// With which suites ours connects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Suites {
    /// Those of its list that ours has.
    OfItsList,
    /// With others, as ours has none of its list.
    Others,
}

/// The client of an endpoint as ours makes it.
#[derive(Debug)]
pub(crate) struct Made {
    pub(crate) client: ClientContext,
    pub(crate) offer: Offer,
    /// If its engine is another.
    pub(crate) imitated: Option<Imitated>,
}

impl Made {
    /// Makes it, with its material; it judges for this moment.
    ///
    /// # Errors
    ///
    /// [`CallersError`] when the engine does not take the settings.
    pub(crate) fn new(
        endpoint: &Endpoint,
        material: &Material,
        now: Timestamp,
    ) -> Result<Self, CallersError> {
        let made = |endpoint: &Endpoint| -> Result<ClientContext, CallersError> {
            let startable = endpoint.startable()?;
            Ok(ClientContext::danger_imitating(startable, material, now)?)
        };
        match endpoint.engine() {
            Engine::Trustpack => {
                return Ok(Self {
                    client: made(&endpoint.imitated())?,
                    offer: Offer::of(endpoint),
                    imitated: None,
                });
            }
            Engine::Openssl | Engine::Schannel | Engine::Jsse => {}
        }
        let (asking, client, suites) = match made(&endpoint.imitated()) {
            Ok(client) => (endpoint.clone(), client, Suites::OfItsList),
            // No version of its list that ours could speak.
            Err(CallersError::Context(ContextError::NoCipher(_))) => {
                let with_every_suite = endpoint.with_every_suite();
                let client = made(&with_every_suite.imitated())?;
                (with_every_suite, client, Suites::Others)
            }
            Err(error) => return Err(error),
        };
        let rules = PeerRules::foretold(endpoint, &material.anchors, material.lists.as_ref());
        Ok(Self {
            client,
            offer: Offer::of(&asking),
            imitated: Some(Imitated {
                endpoint: endpoint.clone(),
                rules: rules.ok().flatten(),
                now,
                suites,
                unchecked: danger_unchecked(&asking, material)?,
            }),
        })
    }
}

impl Imitated {
    /// What becomes of it otherwise than of ours, with which it went so.
    pub(crate) fn otherwise(&self, attempt: &Attempt, presents: Presents) -> Option<Otherwise> {
        let judged = match &attempt.failure {
            None | Some(Failure::PeerRefused(_)) => self.judges(&attempt.seen.presented),
            Some(_) => None,
        };
        judged
            .or_else(|| self.agrees(attempt))
            .or_else(|| not_shown(attempt, presents).map(|why| Otherwise::NotKnown(why.to_owned())))
    }

    fn judges(&self, presented: &[Vec<u8>]) -> Option<Otherwise> {
        let Presented { leaf, others, .. } = Presented::read(presented)?.ok()?;
        let (endpoint, files) = (&self.endpoint, None);
        let end = End { endpoint, files };
        judged_otherwise(end, self.rules.as_ref()?, &leaf, &others, self.now)
    }

    /// Whether it comes to an agreement with suites that ours has not.
    fn agrees(&self, attempt: &Attempt) -> Option<Otherwise> {
        let is_about_suites = match attempt.failure.as_ref().map(Cause::of_failure) {
            None | Some(Cause::NoSuite) => true,
            Some(Cause::Alert(alert)) => {
                attempt.seen.presented.is_empty() && Meaning::of(alert) == Meaning::Handshake
            }
            Some(_) => false,
        };
        let established = attempt.established.as_ref();
        // Its list is of TLS 1.2 alone.
        let is_tls13 = established.and_then(|one| one.version) == Some(ProtocolVersion::Tls13);
        if is_tls13 && self.endpoint.engine() == Engine::Openssl {
            return None;
        }
        let agreed = established.and_then(|one| one.suite);
        let with = agreed.map_or_else(String::new, |suite| format!(", and agreed on {suite}"));
        match self.suites {
            Suites::Others if is_about_suites => Some(Otherwise::NotKnown(format!(
                "trustpack, which has tried in the place of the client, has no suite of its cipher-list{with}: whether both ends agree on one \
                 of these is not known"
            ))),
            Suites::Others | Suites::OfItsList => None,
        }
    }
}

/// What is not known where a server has asked for the certificate of a client whose key ours does not sign with, and has got none.
pub(crate) fn not_shown(attempt: &Attempt, presents: Presents) -> Option<&'static str> {
    let is_shown = match presents {
        // What a server of ours says to none, it says to that as well.
        Presents::Certificate | Presents::Nothing | Presents::NotTaken => true,
        Presents::NotByOurs => false,
    };
    // To one that ours refuses nothing was to be shown yet.
    let is_refused = matches!(attempt.failure, Some(Failure::PeerRefused(_)));
    let is_missing = !is_shown && !is_refused && attempt.seen.wanted.is_some();
    is_missing.then_some(
        "trustpack, which has tried in the place of the client, cannot sign with the key of its certificate, and has shown none: whether \
         the server takes it is not known",
    )
}
