//! What is known of the two ends of a connection.
//!
//! Invariant: an option is named with the value and the place that it has at that end, if they are known.

use trustpack_judge::verdict::Rejected;
use trustpack_material::peer_rules::PeerRules;
use trustpack_material::prediction::{End, Otherwise, judged_otherwise};
use trustpack_settings::endpoint::{Endpoint, Origin, Role};
use trustpack_settings::options::OptionId;
use trustpack_settings::value::ClientCertificate;
use trustpack_x509::time::Timestamp;

use super::Who;
use crate::barred::{Barred, barred};

/// Both ends, as far as they are known.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ends<'a> {
    /// The client.
    pub client: Option<End<'a>>,
    /// The server.
    pub server: Option<End<'a>>,
}

impl<'a> Ends<'a> {
    /// One of them.
    #[must_use]
    pub fn of(&self, who: Who) -> Option<End<'a>> {
        match who.role()? {
            Role::Client => self.client,
            Role::Server => self.server,
        }
    }

    /// The settings of one of them.
    pub(super) fn endpoint(&self, who: Who) -> Option<&'a Endpoint> {
        self.of(who).map(|end| end.endpoint)
    }

    /// An option as it stands at an end: its name, its value if it has one, and where that is written.
    pub(super) fn option(&self, who: Who, option: OptionId) -> String {
        let name = option.name();
        let Some(endpoint) = self.endpoint(who) else {
            return name.to_owned();
        };
        let shown = endpoint.settings().shown();
        let Some(setting) = shown.iter().find(|one| one.option == option) else {
            return name.to_owned();
        };
        match (setting.origin, &*setting.value) {
            (Origin::Default, _) => format!("{name}, which is not set"),
            (Origin::Set { spot, .. }, "") => format!("{name} ({spot})"),
            (Origin::Set { spot, .. }, value) => format!("{name} = {value} ({spot})"),
        }
    }

    /// Whether an option is set at an end.
    pub(super) fn is_set(&self, who: Who, option: OptionId) -> bool {
        let shown = self.endpoint(who).map(|end| end.settings().shown());
        shown.into_iter().flatten().any(|one| {
            let set = match one.origin {
                Origin::Default => false,
                Origin::Set { .. } => true,
            };
            one.option == option && set
        })
    }

    /// Which end refuses the other one's certificate, by the settings and files of both.
    pub(super) fn refusal(&self, now: Timestamp) -> Option<(Who, Box<Rejected>)> {
        let (client, server) = (self.client?, self.server?);
        let demanded = server.endpoint.settings().tls_mutual.value == ClientCertificate::Required;
        let of_server = rejected(client, server, now);
        let of_client = || rejected(server, client, now).filter(|_| demanded);
        // What is certain comes before what is not known.
        let found = match of_server {
            Some(why) if is_doubtful(client, server, now) && !is_doubtful(server, client, now) => {
                of_client().map_or((Role::Client, why), |certain| (Role::Server, certain))
            }
            Some(why) => (Role::Client, why),
            None => (Role::Server, of_client()?),
        };
        let (role, why) = found;
        Some((Who::The(role), why))
    }

    /// Why an end refuses the other one's certificate for certain, by the settings and files of both.
    pub(super) fn certain_refusal(&self, by: Who, now: Timestamp) -> Option<Box<Rejected>> {
        let (judging, presenting) = (self.of(by)?, self.of(by.other())?);
        let (who, why) = self.refusal(now)?;
        (who == by && !is_doubtful(judging, presenting, now)).then_some(why)
    }

    /// Whether `judging` takes the other one's certificate, by the settings and files of both.
    pub(super) fn takes(&self, judging: Who, now: Timestamp) -> bool {
        let (Some(judge), Some(shown)) = (self.of(judging), self.of(judging.other())) else {
            return false;
        };
        let has_own = shown
            .files
            .is_some_and(|files| !files.own_chain().is_empty());
        let are_known = judge.files.is_some() && has_own;
        are_known && self.down(judging).is_none() && is_taken(judge, shown, now)
    }

    /// What keeps an end from starting.
    pub(super) fn down(&self, who: Who) -> Option<Barred> {
        barred(self.of(who)?)
    }
}

/// Whether an end takes the other one's certificate, by the rules of its engine.
fn is_taken(judging: End<'_>, presenting: End<'_>, now: Timestamp) -> bool {
    let otherwise = otherwise(judging, presenting, now);
    rejected(judging, presenting, now).is_none() && otherwise.is_none()
}

/// Whether it is not known what the engine of an end makes of the other one's certificate.
fn is_doubtful(judging: End<'_>, presenting: End<'_>, now: Timestamp) -> bool {
    let otherwise = otherwise(judging, presenting, now);
    matches!(otherwise, Some(Otherwise::NotKnown(_)))
}

/// Where the engine of an end judges the other one's certificate otherwise than ours.
fn otherwise(judging: End<'_>, presenting: End<'_>, now: Timestamp) -> Option<Otherwise> {
    let (files, shown) = (judging.files?, presenting.files?);
    let rules = PeerRules::foretold(judging.endpoint, &files.anchors, files.lists.as_ref());
    let rules = rules.ok().flatten()?;
    let (leaf, others) = shown.own_chain().split_first()?;
    judged_otherwise(judging, &rules, leaf, others, now)
}

fn rejected(judging: End<'_>, presenting: End<'_>, now: Timestamp) -> Option<Box<Rejected>> {
    let (files, shown) = (judging.files?, presenting.files?);
    let rules = PeerRules::foretold(judging.endpoint, &files.anchors, files.lists.as_ref());
    let rules = rules.ok().flatten()?;
    let (leaf, others) = shown.own_chain().split_first()?;
    rules.judge(leaf, others, now).err().map(Box::new)
}
