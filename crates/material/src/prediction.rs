//! Whether a connection works: what a handshake between its two ends would come to, without one.
//!
//! A pure function of the settings of both ends, of their files if they are known, and of the time. Certificates
//! are judged by the rules that the TLS engine has ([`crate::peer_rules`]), so that prediction and handshake cannot
//! differ. What is known of a program that does its TLS itself is taken into account: how its engine sends its files, whom
//! it trusts, what it does not know. In the rest it is judged by our rules, or said to be unknown. Not here: whether a
//! server listens and can be reached. Invariant: [`Prediction::Works`] is given only if every step of both ends was passed.

mod display;
mod engines;
mod fault;
mod protocol;
mod start;
mod until;

use trustpack_judge::reason::{Reason, Step};
use trustpack_judge::verdict::{Accepted, Rejected};
use trustpack_settings::endpoint::{Endpoint, Engine, Role, Security};
use trustpack_settings::finding::Finding;
use trustpack_settings::value::ClientCertificate;
use trustpack_x509::certificate::Certificate;
use trustpack_x509::time::Timestamp;

use crate::load::Examined;
use crate::peer_rules::PeerRules;

/// One end of a connection.
#[derive(Clone, Copy, Debug)]
pub struct End<'a> {
    /// Its settings.
    pub endpoint: &'a Endpoint,
    /// Its files; `None` if nobody has looked at them.
    pub files: Option<&'a Examined>,
}

/// What becomes of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Prediction {
    /// Plain text, as the settings of both ends say.
    Open,
    /// The handshake succeeds.
    Works {
        /// When it will stop to, if nothing is renewed; `None` if nobody judges anything that ends.
        until: Option<Box<Stop>>,
    },
    /// The handshake fails, or there is none.
    Fails(Box<Failing>),
    /// It cannot be told.
    Unknown {
        /// Why.
        why: String,
    },
}

/// The end of the time in which a connection works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop {
    /// The first moment at which it fails.
    pub at: Timestamp,
    /// What fails then.
    pub failing: Failing,
}

/// A connection that does not come about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failing {
    /// Where it fails.
    pub stage: Stage,
    /// What has to be changed.
    pub fault: Fault,
    /// The first reason, as a sentence.
    pub why: String,
    /// What else is wrong, in the order of judgement.
    pub later: Vec<String>,
    /// The judge's own first reason, if it was the judge who refused.
    pub reason: Option<Box<Reason>>,
}

/// Where a connection fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// One end does not start, so that there is no handshake.
    Start,
    /// A step of judgement, by the end that is not at its start.
    Judgement(Step),
}

/// Whose settings or files have to be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// Those of the server.
    Server,
    /// Those of the client.
    Client,
    /// Those of either: they do not fit together.
    Both,
}

/// What a handshake that succeeds was judged by.
#[derive(Debug, Default)]
struct Judged {
    /// Each with the rules of the one who judged.
    verdicts: Vec<(PeerRules, Accepted)>,
}

/// How the engine of an end judges what its peer has presented, where ours would judge otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Otherwise {
    /// It refuses that, for certain.
    Refuses {
        /// The step of judgement.
        step: Step,
        /// The first reason that is certain, as a sentence.
        why: String,
        /// The judge's reason, if it is one of the judge.
        reason: Option<Box<Reason>>,
    },
    /// Ours refuses it, and whether that engine does is not known: why.
    NotKnown(String),
}

/// What one end has against the other.
struct Refusal {
    failing: Failing,
    /// Why it is not known whether it refuses that.
    doubt: Option<String>,
}

/// What would become of a handshake between these ends at this time, and until when it will be so.
#[must_use]
pub fn predict(client: End<'_>, server: End<'_>, now: Timestamp) -> Prediction {
    match client.endpoint.security() {
        Security::Open => return open(client, server),
        Security::Product => return not_ours("the client"),
        Security::Tls | Security::AutoDetect | Security::Refused => {}
    }
    if server.endpoint.security() == Security::Product {
        return not_ours("the server");
    }
    for end in [server, client] {
        if let Some(failing) = start::failing(end) {
            return Prediction::Fails(Box::new(failing));
        }
    }
    if let Some(prediction) = start::beyond_telling(client, server) {
        return prediction;
    }
    if let Some(failing) = protocol::failing(client, server) {
        return Prediction::Fails(Box::new(failing));
    }
    if let Some(why) = start::unknown(client).or_else(|| start::unknown(server)) {
        return Prediction::Unknown { why };
    }
    match (client.files, server.files) {
        (Some(_), Some(_)) => match handshake(client, server, now) {
            Ok(judged) => match start::doubtful(server).or_else(|| start::doubtful(client)) {
                Some(why) => Prediction::Unknown { why },
                None => Prediction::Works {
                    until: until::stop(client, server, now, judged).map(Box::new),
                },
            },
            Err(Refusal { failing, doubt }) => match doubt {
                Some(why) => Prediction::Unknown { why },
                None => Prediction::Fails(Box::new(failing)),
            },
        },
        (None, _) | (_, None) => {
            let ends = [server, client].map(|end| end.endpoint);
            match ends.into_iter().find_map(start::doubtful_by_settings) {
                Some(why) => Prediction::Unknown { why },
                None => Prediction::Works { until: None },
            }
        }
    }
}

/// Why it is not known whether an end starts, though nothing is known to keep it from that.
#[must_use]
pub fn doubtful(end: End<'_>) -> Option<String> {
    start::doubtful(end)
}

/// Why an end does not start, whoever is at the other one; `None` if nothing is known to keep it from that.
#[must_use]
pub fn not_starting(end: End<'_>) -> Option<Failing> {
    start::failing(end)
}

/// Whether a finding about the files of an end keeps its engine from starting.
#[must_use]
pub fn stops(engine: Engine, finding: &Finding) -> bool {
    start::stops(engine, finding)
}

/// Why nothing can be told of an end whose settings have errors, if it is no end of ours: trustpack refuses it, and what
/// its program makes of such settings is not known.
#[must_use]
pub fn not_told(endpoint: &Endpoint) -> Option<String> {
    start::not_told(endpoint)
}

/// The errors that keep an endpoint down, the first in full.
#[must_use]
pub fn errors(endpoint: &Endpoint) -> String {
    start::errors(endpoint)
}

/// How the engine of `judging` judges these certificates of its peer, by its own rules ([`PeerRules::foretold`]); `None` if ours
/// would come to the same, for the same reason.
#[must_use]
pub fn judged_otherwise(
    judging: End<'_>,
    rules: &PeerRules,
    leaf: &Certificate,
    others: &[Certificate],
    now: Timestamp,
) -> Option<Otherwise> {
    let stricter = |path: &[Certificate]| {
        let Failing { stage, why, .. } = engines::stricter(judging, path)?;
        let step = match stage {
            Stage::Judgement(step) => step,
            Stage::Start => return None,
        };
        let reason = None;
        Some(Otherwise::Refuses { step, why, reason })
    };
    let rejected = match rules.judge(leaf, others, now) {
        Ok(accepted) => return stricter(accepted.path()),
        Err(rejected) => rejected,
    };
    let certain = first_certain(&rejected, judging);
    // As in what is foretold.
    if certain.is_none_or(|reason| reason.step() > Step::Path)
        && let Some(refuses) = stricter(&rejected.path)
    {
        return Some(refuses);
    }
    match certain {
        None => {
            let why = engines::doubt(judging, &rejected.first.to_string());
            Some(Otherwise::NotKnown(why))
        }
        Some(first) if *first == rejected.first && !matches!(first, Reason::NothingTrusted) => None,
        Some(first) => Some(Otherwise::Refuses {
            step: first.step(),
            why: in_words(first, judging),
            reason: Some(Box::new(first.clone())),
        }),
    }
}

/// Whether it is not known if a client of this engine refuses the certificate of a server for this reason of ours.
#[must_use]
pub fn may_be_taken(engine: Engine, reason: &Reason, server: &Certificate) -> bool {
    engines::is_doubtful(engine, Role::Client, reason, Some(server))
}

/// The first reason for which the judging end refuses for certain.
fn first_certain<'r>(rejected: &'r Rejected, judging: End<'_>) -> Option<&'r Reason> {
    let leaf = rejected.path.first();
    let (engine, role) = (judging.endpoint.engine(), judging.endpoint.role());
    let mut reasons = rejected.reasons();
    reasons.find(|reason| !engines::is_doubtful(engine, role, reason, leaf))
}

/// A reason as a sentence.
fn in_words(reason: &Reason, judging: End<'_>) -> String {
    // There are some, but none that is one for its engine.
    if matches!(reason, Reason::NothingTrusted) {
        return format!(
            "the trusted-ca of the {} holds no root, and {} trusts what is in it only under its root",
            judging.endpoint.role(),
            judging.endpoint.engine()
        );
    }
    reason.to_string()
}

/// Plain text: nothing can fail but an end that its settings keep down.
fn open(client: End<'_>, server: End<'_>) -> Prediction {
    if server.endpoint.security() == Security::Product {
        return not_ours("the server");
    }
    let down = [server, client].into_iter().find_map(start::failing);
    match down {
        Some(failing) => Prediction::Fails(Box::new(failing)),
        None => start::beyond_telling(client, server).unwrap_or(Prediction::Open),
    }
}

fn not_ours(who: &str) -> Prediction {
    Prediction::Unknown {
        why: format!("the TLS of {who} is set up by the product itself"),
    }
}

/// The handshake itself: the client judges the server, then the server the client.
///
/// Source: RFC 8446 section 2, RFC 5246 section 7.3: a client has the server's certificate before it sends its own.
fn handshake(client: End<'_>, server: End<'_>, now: Timestamp) -> Result<Judged, Refusal> {
    let of_server = judge(client, server, now);
    let of_client = match server.endpoint.settings().tls_mutual.value {
        ClientCertificate::Required => judge(server, client, now),
        ClientCertificate::NotAsked => Ok(None),
    };
    match (of_server, of_client) {
        // Whether it comes to that is not known; that it does not work is.
        (Err(Refusal { doubt: Some(_), .. }), Err(certain @ Refusal { doubt: None, .. })) => {
            Err(certain)
        }
        (Err(refusal), _) | (Ok(_), Err(refusal)) => Err(refusal),
        (Ok(of_server), Ok(of_client)) => {
            let mut judged = Judged::default();
            judged.add(of_server);
            judged.add(of_client);
            Ok(judged)
        }
    }
}

/// One end judges what the other one presents; nothing if it takes everybody.
fn judge(
    judging: End<'_>,
    presenting: End<'_>,
    now: Timestamp,
) -> Result<Option<(PeerRules, Accepted)>, Refusal> {
    let Some(files) = judging.files else {
        return Ok(None);
    };
    let rules = PeerRules::foretold(judging.endpoint, &files.anchors, files.lists.as_ref());
    // An end whose rules cannot be made was not started.
    let Ok(Some(rules)) = rules else {
        return Ok(None);
    };
    let chain = presenting.files.map_or(&[][..], Examined::own_chain);
    let Some((leaf, others)) = chain.split_first() else {
        return Err(fault::no_certificate(presenting.endpoint.role()).into());
    };
    match rules.judge(leaf, others, now) {
        Ok(accepted) => match engines::stricter(judging, accepted.path()) {
            Some(failing) => Err(failing.into()),
            None => Ok(Some((rules, accepted))),
        },
        Err(rejected) => Err(refused(&rejected, judging, presenting)),
    }
}

/// What is told is the first reason for which the judging end refuses for certain; without one, the first.
fn refused(rejected: &Rejected, judging: End<'_>, presenting: End<'_>) -> Refusal {
    let certain = first_certain(rejected, judging);
    // An engine looks at usages before it looks at names and dates.
    if certain.is_none_or(|reason| reason.step() > Step::Path)
        && let Some(failing) = engines::stricter(judging, &rejected.path)
    {
        let later = rejected.reasons().map(ToString::to_string).collect();
        return Failing { later, ..failing }.into();
    }
    let first = certain.unwrap_or(&rejected.first);
    let others = rejected.reasons().filter(|other| *other != first);
    let failing = Failing {
        stage: Stage::Judgement(first.step()),
        fault: fault::of(first, judging, presenting),
        why: in_words(first, judging),
        later: others.map(ToString::to_string).collect(),
        reason: Some(Box::new(first.clone())),
    };
    let doubt = certain
        .is_none()
        .then(|| engines::doubt(judging, &failing.why));
    Refusal { failing, doubt }
}

impl From<Failing> for Refusal {
    /// For certain.
    fn from(failing: Failing) -> Self {
        let doubt = None;
        Self { failing, doubt }
    }
}

impl Judged {
    fn add(&mut self, verdict: Option<(PeerRules, Accepted)>) {
        self.verdicts.extend(verdict);
    }
}

impl Prediction {
    /// What fails, if something does.
    #[must_use]
    pub fn failing(&self) -> Option<&Failing> {
        match self {
            Self::Fails(failing) => Some(failing),
            Self::Open | Self::Works { .. } | Self::Unknown { .. } => None,
        }
    }
}
