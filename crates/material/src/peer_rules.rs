//! What an end asks the judge about its peer: the settings and the files of one end as one question.
//!
//! The TLS engine asks by these rules in a handshake, and so does the prediction of one: they cannot differ.
//! Invariant: an end that is to judge its peer and trusts nobody, or has no name to check, gives no rules.

use std::time::Duration;

use trustpack_judge::allowed_names::{AllowedName, AllowedNames};
use trustpack_judge::anchors::TrustAnchors;
use trustpack_judge::question::{
    CrlCheck, Freshness, HostIdentity, NameCheck, Policy, Purpose, Question, RevocationCheck,
};
use trustpack_judge::revocation::RevocationLists;
use trustpack_judge::verdict::{Accepted, Verdict};
use trustpack_settings::endpoint::{EffectiveSettings, Endpoint, Engine, Role, ServerCheck};
use trustpack_settings::options::OptionId;
use trustpack_settings::value::allowed_names as option;
use trustpack_settings::value::{ClientCertificate, PeerName, revocation};
use trustpack_x509::certificate::Certificate;
use trustpack_x509::time::Timestamp;

/// The rules by which an end judges its peer. Equal ones judge alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerRules {
    anchors: TrustAnchors,
    /// Trusted certificates that end no path for the engine of the end, and may stand in one.
    helpers: Vec<Certificate>,
    lists: Option<RevocationLists>,
    purpose: Purpose,
    name: NameCheck,
    allowed: AllowedNames,
    policy: Policy,
}

/// A part of the rules that can be another than before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RulePart {
    /// Whom it trusts.
    Anchors,
    /// It asks revocation lists, and asked none before.
    ListsAsked,
    /// It asks none any more.
    ListsNotAsked,
    /// The lists.
    Lists,
    /// What it checks of a server's name.
    Name,
    /// Which clients it admits by their names.
    AllowedNames,
    /// How strict it is about lists and algorithms.
    Policy,
}

/// Why an end that is to judge its peer cannot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoRules {
    /// It trusts nobody.
    #[error("it trusts no CA, but is to judge its peers")]
    NothingTrusted,
    /// It is to check a name, and none is known.
    #[error("it is to check the name of its server, and no name is known")]
    NoName,
}

impl PeerRules {
    /// The rules of an endpoint that trusts these; `None` if it does not judge its peer.
    ///
    /// # Errors
    ///
    /// [`NoRules`] if it is to judge and cannot.
    pub fn new(
        endpoint: &Endpoint,
        anchors: &TrustAnchors,
        lists: Option<&RevocationLists>,
    ) -> Result<Option<Self>, NoRules> {
        Self::by(endpoint, anchors, lists, policy(endpoint.settings()))
    }

    /// The same as far as whoever does TLS at the endpoint goes by its settings: what another engine than ours does not
    /// know has no effect there. For what is foretold; who judges goes by [`Self::new`].
    ///
    /// # Errors
    ///
    /// As [`Self::new`].
    pub fn foretold(
        endpoint: &Endpoint,
        anchors: &TrustAnchors,
        lists: Option<&RevocationLists>,
    ) -> Result<Option<Self>, NoRules> {
        let knows = |option| endpoint.engine().knows(option);
        let lists = lists.filter(|_| knows(OptionId::Crl));
        let rules = Self::by(endpoint, anchors, lists, policy_of_engine(endpoint))?;
        let (anchors, helpers) = match endpoint.engine() {
            Engine::Openssl => roots(anchors),
            Engine::Trustpack | Engine::Schannel | Engine::Jsse => (anchors.clone(), Vec::new()),
        };
        Ok(rules.map(|rules| Self {
            anchors,
            helpers,
            allowed: if knows(OptionId::AllowedNames) {
                rules.allowed
            } else {
                AllowedNames::Everybody
            },
            ..rules
        }))
    }

    fn by(
        endpoint: &Endpoint,
        anchors: &TrustAnchors,
        lists: Option<&RevocationLists>,
        policy: Policy,
    ) -> Result<Option<Self>, NoRules> {
        let settings = endpoint.settings();
        let (purpose, name) = match (endpoint.role(), endpoint.server_check()) {
            (Role::Server, _) => match settings.tls_mutual.value {
                ClientCertificate::NotAsked => return Ok(None),
                ClientCertificate::Required => (Purpose::Client, NameCheck::Off),
            },
            (Role::Client, Some(check)) => match name_check(check)? {
                Some(name) => (Purpose::Server, name),
                None => return Ok(None),
            },
            (Role::Client, None) => return Err(NoRules::NoName),
        };
        if anchors.is_empty() {
            return Err(NoRules::NothingTrusted);
        }
        Ok(Some(Self {
            anchors: anchors.clone(),
            helpers: Vec::new(),
            lists: lists.cloned(),
            purpose,
            name,
            allowed: match (purpose, &settings.allowed_names.value) {
                (Purpose::Client, Some(names)) => allowed(names),
                (Purpose::Client, None) | (Purpose::Server, _) => AllowedNames::Everybody,
            },
            policy,
        }))
    }

    /// Asks the judge about a peer that presented `leaf` and with it `others`.
    ///
    /// # Errors
    ///
    /// As [`trustpack_judge::judge`].
    pub fn judge(&self, leaf: &Certificate, others: &[Certificate], now: Timestamp) -> Verdict {
        self.judge_by(self.policy, leaf, others, now)
    }

    /// The same as if weak algorithms were accepted, which otherwise end the judgement before revocation.
    ///
    /// # Errors
    ///
    /// As [`Self::judge`].
    pub fn judge_weak_too(
        &self,
        leaf: &Certificate,
        others: &[Certificate],
        now: Timestamp,
    ) -> Verdict {
        let policy = Policy {
            danger_accept_weak: Some(Timestamp::MAX),
            ..self.policy
        };
        self.judge_by(policy, leaf, others, now)
    }

    fn judge_by(
        &self,
        policy: Policy,
        leaf: &Certificate,
        others: &[Certificate],
        now: Timestamp,
    ) -> Verdict {
        let more: Vec<Certificate>;
        let intermediates = if self.helpers.is_empty() {
            others
        } else {
            more = [others, &self.helpers].concat();
            &more
        };
        trustpack_judge::judge(&Question {
            leaf,
            intermediates,
            anchors: &self.anchors,
            purpose: self.purpose,
            name: &self.name,
            revocation: match &self.lists {
                None => RevocationCheck::Off,
                Some(lists) => RevocationCheck::Lists(lists),
            },
            allowed: &self.allowed,
            now,
            policy,
        })
    }

    /// The first moments at which something holds no longer that this judgement rests on: the validity of each
    /// certificate of the path, the next update of each list that was asked, the last day of an exception.
    pub fn ends<'a>(&'a self, accepted: &'a Accepted) -> impl Iterator<Item = Timestamp> + 'a {
        let certificates = accepted.path().iter();
        certificates
            .map(|certificate| after(certificate.validity().not_after, Duration::ZERO))
            .chain(self.ends_of_lists(accepted))
            .chain(self.policy.danger_accept_weak)
    }

    fn ends_of_lists<'a>(&'a self, accepted: &'a Accepted) -> impl Iterator<Item = Timestamp> + 'a {
        let outcomes = accepted.course().revocation().iter();
        let used = outcomes.flat_map(|outcome| &outcome.result);
        used.filter_map(move |used| {
            let head = used.list.head();
            match self.policy.crl_freshness {
                Freshness::Warn => None,
                Freshness::Required => Some(after(head.next_update?, Duration::ZERO)),
                Freshness::Grace(grace) => {
                    Some(after(head.next_update.unwrap_or(head.this_update), grace))
                }
            }
        })
    }

    /// What of these is another than in `before`.
    #[must_use]
    pub fn differences(&self, before: &Self) -> Vec<RulePart> {
        let lists = match (&before.lists, &self.lists) {
            (None, Some(_)) => RulePart::ListsAsked,
            (Some(_), None) => RulePart::ListsNotAsked,
            (None, None) | (Some(_), Some(_)) => RulePart::Lists,
        };
        let parts = [
            (self.anchors != before.anchors, RulePart::Anchors),
            (self.lists != before.lists, lists),
            (self.name != before.name, RulePart::Name),
            (self.allowed != before.allowed, RulePart::AllowedNames),
            (self.policy != before.policy, RulePart::Policy),
        ];
        let differing = parts.into_iter().filter(|(differs, _)| *differs);
        differing.map(|(_, part)| part).collect()
    }

    /// Whom it trusts.
    #[must_use]
    pub fn anchors(&self) -> &TrustAnchors {
        &self.anchors
    }

    /// Its revocation lists, if it has some.
    #[must_use]
    pub fn lists(&self) -> Option<&RevocationLists> {
        self.lists.as_ref()
    }

    /// What it decides for itself.
    #[must_use]
    pub fn policy(&self) -> Policy {
        self.policy
    }
}

/// The trusted certificates that end a path for OpenSSL, which are those of their own key, and the others.
///
/// Source: OpenSSL, `X509_VERIFY_PARAM_set_flags(3)`, X509_V_FLAG_PARTIAL_CHAIN, which is off unless a program sets it.
fn roots(anchors: &TrustAnchors) -> (TrustAnchors, Vec<Certificate>) {
    if anchors.certificates().all(is_root) {
        return (anchors.clone(), Vec::new());
    }
    let (roots, others): (Vec<_>, Vec<_>) = anchors.certificates().cloned().partition(is_root);
    (TrustAnchors::new(roots), others)
}

/// Whether a certificate says to be of its own key.
fn is_root(certificate: &Certificate) -> bool {
    let extensions = certificate.extensions();
    let issuer = extensions.authority_key_id.as_ref();
    let issuer = issuer.and_then(|id| id.key_id.as_deref());
    let own = extensions.subject_key_id.as_deref();
    certificate.is_self_issued() && (issuer.is_none() || own.is_none() || issuer == own)
}

/// The first moment that is past the last one of a time and its grace.
fn after(last: Timestamp, grace: Duration) -> Timestamp {
    last.saturating_add(grace)
        .saturating_add(Duration::from_secs(1))
}

/// What the judge is asked about names; nothing if the judge is not asked at all.
fn name_check(check: ServerCheck<'_>) -> Result<Option<NameCheck>, NoRules> {
    let host = |identity| Some(NameCheck::Host(identity));
    Ok(match check {
        ServerCheck::DangerNone => None,
        ServerCheck::Chain => Some(NameCheck::Off),
        ServerCheck::ChainAndName(PeerName::Dns(name)) => host(HostIdentity::Dns(name.clone())),
        ServerCheck::ChainAndName(PeerName::Ip(address)) => host(HostIdentity::Ip(*address)),
        ServerCheck::NameMissing => return Err(NoRules::NoName),
    })
}

fn allowed(names: &option::AllowedNames) -> AllowedNames {
    let entry = |name: &option::AllowedName| match name {
        option::AllowedName::Dns(name) => AllowedName::Dns(name.clone()),
        option::AllowedName::Uri(uri) => AllowedName::Uri(uri.clone()),
        option::AllowedName::CommonName(name) => AllowedName::CommonName(name.clone()),
        option::AllowedName::OrganizationalUnit(unit) => {
            AllowedName::OrganizationalUnit(unit.clone())
        }
        option::AllowedName::Email(address) => AllowedName::Email(address.clone()),
        option::AllowedName::Spki(hash) => AllowedName::PublicKey(*hash),
    };
    AllowedNames::Only(names.entries().iter().map(entry).collect())
}

/// How the judge goes by the settings of an endpoint.
pub(crate) fn policy(settings: &EffectiveSettings) -> Policy {
    /// The option names the last day.
    const DAY: Duration = Duration::from_secs(24 * 60 * 60);
    Policy {
        danger_accept_weak: settings
            .danger_accept_weak
            .value
            .map(|last_day| last_day.saturating_add(DAY)),
        crl_check: match settings.crl_check.value {
            revocation::CrlCheck::Leaf => CrlCheck::Leaf,
            revocation::CrlCheck::Chain => CrlCheck::Chain,
        },
        crl_freshness: freshness(settings.crl_freshness.value),
        ..Policy::default()
    }
}

/// The same as far as the engine of the endpoint goes by them.
pub(crate) fn policy_of_engine(endpoint: &Endpoint) -> Policy {
    let knows = |option| endpoint.engine().knows(option);
    let (set, usual) = (policy(endpoint.settings()), Policy::default());
    Policy {
        danger_accept_weak: set
            .danger_accept_weak
            .filter(|_| knows(OptionId::DangerAcceptWeak)),
        crl_check: if knows(OptionId::CrlCheck) {
            set.crl_check
        } else {
            usual.crl_check
        },
        crl_freshness: if knows(OptionId::CrlFreshness) {
            set.crl_freshness
        } else {
            usual.crl_freshness
        },
        ..set
    }
}

/// `crl-freshness` as the judge understands it.
pub(crate) fn freshness(value: revocation::CrlFreshness) -> Freshness {
    match value {
        revocation::CrlFreshness::Required => Freshness::Required,
        revocation::CrlFreshness::Warn => Freshness::Warn,
        revocation::CrlFreshness::GraceHours(hours) => {
            Freshness::Grace(Duration::from_secs(u64::from(hours) * 60 * 60))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_check_without_a_name_lets_nobody_through() {
        assert_eq!(name_check(ServerCheck::NameMissing), Err(NoRules::NoName));
        assert_eq!(name_check(ServerCheck::Chain), Ok(Some(NameCheck::Off)));
        assert_eq!(name_check(ServerCheck::DangerNone), Ok(None));
    }
}
