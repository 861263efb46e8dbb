//! A client that is held back by its own settings: with somebody who has all that our engine has the service comes to an agreement.
//!
//! Invariant: the version that the service has spoken with somebody else is named only where the client does not allow it.

use trustpack_settings::options::OptionId;
use trustpack_settings::value::ProtocolVersion;

use super::client::Limits;
use super::ends::Ends;
use super::lacking::todo::{Todo, as_allowed};
use super::{At, Explanation, Who, common, lacking};
use crate::contact::Contact;
use crate::survey::lack::{Lack, Lacking, Lacks, Missing};
use crate::survey::names::Version;
use crate::survey::suites::Suite;

/// What somebody else has agreed on with the service, and the limits of its client.
struct Limited<'a> {
    spoken: Version,
    suite: Option<Suite>,
    limits: Limits<'a>,
    what: &'a str,
}

/// Which of its options are in the way, by what the service lacks for it; nothing if that was not asked, or does not tell.
pub(super) fn explanation(contact: &Contact, ends: &Ends<'_>, what: &str) -> Option<Explanation> {
    let (version, suite) = contact.nobody_agreed()?;
    let Some(Lacking::ForClient(Lack::Of(lacks))) = &contact.lacking else {
        return None;
    };
    let limited = Limited {
        suite: suite.and_then(Suite::named),
        spoken: match version {
            ProtocolVersion::Tls12 => Version::Tls12,
            ProtocolVersion::Tls13 => Version::Tls13,
        },
        limits: Limits::new(&contact.client_offer, ends),
        what,
    };
    match &lacks.missing[..] {
        [Missing::AllowedSuite(suite)] => Some(limited.of_list(*suite)),
        [Missing::AllowedVersion(_), others @ ..] => limited.of_versions(others),
        _ => limited.of_both(lacks),
    }
}

impl Limited<'_> {
    /// The server takes this suite, which the list of the client has not.
    fn of_list(&self, suite: Suite) -> Explanation {
        let (name, what) = (suite.name, self.what);
        Explanation {
            what: format!("{what}: the server speaks {name}, and no suite that the client allows"),
            at: At::End(Who::CLIENT),
            remedy: self.limits.with_suite(name),
        }
    }

    /// The server takes nothing in the versions that the client allows; in the other one the client lacks `others`.
    fn of_versions(&self, others: &[Missing]) -> Option<Explanation> {
        let Self {
            spoken,
            limits,
            what,
            ..
        } = self;
        let allowed = limits.allowed();
        let suite = others.iter().find_map(Missing::allowed_suite);
        let client = self.widened(suite);
        let Some(server) = limits.ends.endpoint(Who::SERVER) else {
            return Some(Explanation {
                what: format!("{what}: {}", limits.beside(*spoken)),
                at: At::End(Who::CLIENT),
                remedy: format!("{client}; or update the server"),
            });
        };
        let own = common::versions(server);
        if !allowed.meet(own) {
            return None;
        }
        let fits_key = common::fits_key(Who::CLIENT, ProtocolVersion::Tls12, limits.ends);
        if allowed.highest == ProtocolVersion::Tls12 && fits_key == Some(false) {
            // By the file of its certificate nothing that the server does with its list would do.
            return Some(Explanation {
                what: format!("{what}: {}", limits.beside(*spoken)),
                at: At::End(Who::CLIENT),
                remedy: client,
            });
        }
        let remedy = if limits.ends.is_set(Who::SERVER, OptionId::CipherList) {
            // In TLS 1.2 it is suites that have to fit the key; the list may have others of TLS 1.3.
            Todo::of_everything(limits).server_first()
        } else {
            format!(
                "by its settings it speaks {own}: what runs has others, or no suite of these that fits its key; let it read its settings \
                 again, or restart it{}",
                if fits_key.is_none() {
                    as_allowed(limits)
                } else {
                    String::new()
                }
            )
        };
        Some(Explanation {
            what: format!(
                "{what}: the server speaks {spoken}, and takes nothing of {allowed}, which the client allows"
            ),
            at: At::End(Who::SERVER),
            remedy: format!("{remedy}; or {client}"),
        })
    }

    /// The server lacks something in the versions that the client allows; the other one would do.
    fn of_both(&self, lacks: &Lacks) -> Option<Explanation> {
        let Self { limits, what, .. } = self;
        // Where it allows that version it is not held back by it.
        limits.widened(self.spoken)?;
        let client = self.widened(self.suite.filter(|suite| !limits.has(*suite)));
        let what = format!("{what}: {}", limits.beside(self.spoken));
        let is_of_list = |missing: &Missing| missing.allowed_suite().is_some();
        // Where it is about suites of its list as well, the server alone cannot mend it.
        if lacks.missing.iter().any(is_of_list) {
            return Some(Explanation {
                what,
                at: At::End(Who::CLIENT),
                remedy: client,
            });
        }
        Some(Explanation {
            what: format!("{what}, and {}", lacking::told(lacks, limits)),
            at: At::Either,
            remedy: format!(
                "{client}; or on the server: {}",
                Todo::of(lacks, limits).server_first()
            ),
        })
    }

    /// What to change, that the client allows the version that the server speaks, and this suite of it.
    fn widened(&self, suite: Option<Suite>) -> String {
        let version = self.limits.widened(self.spoken);
        let suite = suite.map(|suite| self.limits.with_suite(suite.name));
        let both: Vec<String> = version.into_iter().chain(suite).collect();
        both.join(", and ")
    }
}
