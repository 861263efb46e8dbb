//! A client that is held back by its own settings: with somebody who has all that our engine has the service comes to an agreement.
//!
//! Invariant: the version that the service has spoken with somebody else is named only where the client does not allow it.

use trustpack_settings::endpoint::{Role, Versions};
use trustpack_settings::options::OptionId;
use trustpack_settings::value::ProtocolVersion;

use super::ends::Ends;
use super::{At, Explanation, Who, lacking};
use crate::contact::Contact;
use crate::survey::lack::{Lack, Lacks, Missing};
use crate::survey::suites::Suite;

const CLIENT: Who = Who::The(Role::Client);
const SERVER: Who = Who::The(Role::Server);

/// The version that the service has spoken with somebody else, and those that the client allows.
struct Limit<'e> {
    spoken: ProtocolVersion,
    allowed: Versions,
    ends: &'e Ends<'e>,
    what: &'e str,
}

/// Which of its options are in the way, by what the service lacks for it; nothing if that was not asked, or does not tell.
/// With somebody else the service has spoken this version.
pub(super) fn explanation(
    contact: &Contact,
    spoken: ProtocolVersion,
    ends: &Ends<'_>,
    what: &str,
) -> Option<Explanation> {
    let client = ends.endpoint(CLIENT)?;
    let limit = Limit {
        spoken,
        allowed: client.settings().versions_spoken_by(client.engine()),
        ends,
        what,
    };
    let lacks = match contact.client_lack.as_ref()? {
        Lack::Nothing => return None,
        Lack::Everything => return limit.of_versions(),
        Lack::Of(lacks) => lacks,
    };
    let left_out = lacks.missing.iter().find_map(left_out);
    if let (Some(suite), [_]) = (left_out, &lacks.missing[..]) {
        return limit.of_list(suite);
    }
    if limit.allows_it() {
        return None;
    }
    let agreed = contact.nobody.as_ref()?.established.as_ref()?;
    let offer = contact.client_offer.as_ref()?;
    let suite = agreed.suite.and_then(Suite::named);
    let suite = suite.filter(|suite| !offer.has(*suite));
    Some(limit.of_both(lacks, left_out, suite))
}

impl Limit<'_> {
    fn allows_it(&self) -> bool {
        (self.allowed.lowest..=self.allowed.highest).contains(&self.spoken)
    }

    /// What to change at the client, that it allows that version.
    fn widened(&self) -> String {
        let option = if self.spoken < self.allowed.lowest {
            OptionId::SecProtocol
        } else {
            OptionId::SecProtocolMax
        };
        let own = self.ends.option(CLIENT, option);
        format!("let {own} of the client allow {}", self.spoken)
    }

    /// The server takes nothing in the versions that the client allows, though its settings have one of them.
    fn of_versions(&self) -> Option<Explanation> {
        let Self {
            spoken,
            allowed,
            ends,
            what,
        } = self;
        let server = ends.endpoint(SERVER)?;
        let own = server.settings().versions_spoken_by(server.engine());
        if self.allows_it() || !allowed.meet(own) {
            return None;
        }
        let remedy = if ends.is_set(SERVER, OptionId::CipherList) {
            // In TLS 1.2 it is suites that have to fit the key; the list may have others of TLS 1.3.
            lacking::of_nothing(ends)
        } else {
            format!(
                "by its settings it speaks {own}: what runs has others, or no suite of these that fits its key; let it read its settings \
                 again, or restart it"
            )
        };
        Some(Explanation {
            what: format!(
                "{what}: the server speaks {spoken}, and takes nothing of {allowed}, which the client allows"
            ),
            at: At::End(SERVER),
            remedy: format!("{remedy}; or {}", self.widened()),
        })
    }

    /// The server takes this suite, which the list of the client has not.
    fn of_list(&self, suite: Suite) -> Option<Explanation> {
        let Self { ends, what, .. } = self;
        let (name, list) = (suite.name, OptionId::CipherList);
        ends.is_set(CLIENT, list).then(|| Explanation {
            what: format!("{what}: the server speaks {name}, and no suite that the client allows"),
            at: At::End(CLIENT),
            remedy: format!(
                "add {name} to {}, or take that out",
                ends.option(CLIENT, list)
            ),
        })
    }

    /// The server lacks something in the versions that the client allows; in the other one `suite` is what the client would need as well.
    fn of_both(&self, lacks: &Lacks, left_out: Option<Suite>, suite: Option<Suite>) -> Explanation {
        let Self {
            spoken,
            allowed,
            ends,
            what,
        } = self;
        let list = ends.option(CLIENT, OptionId::CipherList);
        let and_suite = suite.map(|suite| format!(", and add {} to {list}", suite.name));
        let client = format!("{}{}", self.widened(), and_suite.unwrap_or_default());
        let what = format!("{what}: the server speaks {spoken}; the client allows {allowed}");
        match left_out {
            // Where it is about suites of its list as well, the server alone cannot mend it.
            Some(_) => Explanation {
                what,
                at: At::End(CLIENT),
                remedy: client,
            },
            None => Explanation {
                what: format!("{what}, in which {}", lacking::told(lacks)),
                at: At::Either,
                remedy: format!(
                    "{client}; or on the server: {}",
                    lacking::remedy(lacks, ends)
                ),
            },
        }
    }
}

/// The suite that the service takes and our engine has, where the client has it not.
fn left_out(missing: &Missing) -> Option<Suite> {
    match missing {
        Missing::Suite { chosen, .. } => Some(*chosen).filter(|chosen| chosen.is_ours()),
        Missing::Version(_)
        | Missing::Group(_)
        | Missing::Curve(..)
        | Missing::Signature(_)
        | Missing::AnySignature
        | Missing::Key(_) => None,
    }
}
