//! What of an endpoint's trust is another than before, for whoever is told that it has changed.
//!
//! Invariant: two that differ have a part that does.

use std::fmt;

use trustpack_material::peer_rules::RulePart;
use trustpack_settings::endpoint::Security;

use super::Trust;

/// A part of what decides who may connect and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TrustPart {
    /// Peers are judged, and were not.
    Judged,
    /// Peers are not judged any more.
    NotJudged,
    /// How they are judged.
    Rule(RulePart),
    /// The name by which the server is called.
    PeerName,
    /// Plain text is taken too, as the first bytes say.
    PlainText,
    /// It is not taken any more.
    NoPlainText,
    /// The versions of TLS.
    Versions,
    /// The cipher suites.
    Suites,
}

impl TrustPart {
    /// Whether somebody gets through who did not before, or unseen.
    #[must_use]
    pub fn weakens(self) -> bool {
        match self {
            Self::NotJudged | Self::PlainText | Self::Rule(RulePart::ListsNotAsked) => true,
            Self::Judged
            | Self::Rule(
                RulePart::Anchors
                | RulePart::ListsAsked
                | RulePart::Lists
                | RulePart::Name
                | RulePart::AllowedNames
                | RulePart::Policy,
            )
            | Self::PeerName
            | Self::NoPlainText
            | Self::Versions
            | Self::Suites => false,
        }
    }
}

impl Trust {
    /// What of this is another than `before`.
    pub(super) fn differences(&self, before: &Self) -> Vec<TrustPart> {
        let mut parts = match (&before.rules, &self.rules) {
            (None, None) => Vec::new(),
            (None, Some(_)) => vec![TrustPart::Judged],
            (Some(_), None) => vec![TrustPart::NotJudged],
            (Some(before), Some(now)) => {
                let rules = now.differences(before);
                rules.into_iter().map(TrustPart::Rule).collect()
            }
        };
        let mode = match self.security {
            Security::AutoDetect => TrustPart::PlainText,
            Security::Tls | Security::Open | Security::Refused | Security::Product => {
                TrustPart::NoPlainText
            }
        };
        let others = [
            (self.peer != before.peer, TrustPart::PeerName),
            (self.security != before.security, mode),
            (self.versions != before.versions, TrustPart::Versions),
            (self.suites != before.suites, TrustPart::Suites),
        ];
        let differing = others.into_iter().filter(|(differs, _)| *differs);
        parts.extend(differing.map(|(_, part)| part));
        parts
    }
}

impl fmt::Display for TrustPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Judged => "peers are judged from now on",
            Self::NotJudged => "peers are not judged any more",
            Self::Rule(RulePart::Anchors) => "the trusted CAs",
            Self::Rule(RulePart::ListsAsked) => "revocation is checked from now on",
            Self::Rule(RulePart::ListsNotAsked) => "revocation is not checked any more",
            Self::Rule(RulePart::Lists) => "the revocation lists",
            Self::Rule(RulePart::Name) => "the check of the name",
            Self::Rule(RulePart::AllowedNames) => "the allowed names",
            Self::Rule(RulePart::Policy) => "how strict it is about lists and algorithms",
            Self::PeerName => "the name of the server",
            Self::PlainText => "plain text is taken too",
            Self::NoPlainText => "plain text is not taken any more",
            Self::Versions => "the versions of TLS",
            Self::Suites => "the cipher suites",
        })
    }
}
