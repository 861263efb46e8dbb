//! TP4018: own certificate not for this use.

use trustpack_settings::endpoint::Role;
use trustpack_settings::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use trustpack_x509::certificate::Certificate;
use trustpack_x509::extension::{KeyUse, Purpose};

use crate::findings::At;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(4018),
    severity: Severity::Error,
    title: "own certificate not for this use",
    meaning: "The own certificate says what it may be used for, and what this end does with it is not among that. Peers that check refuse it; some programs that do their TLS themselves take a key usage without digitalSignature.",
    example: "a server whose certificate has the extended key usage clientAuth alone",
    remedy: "issue a certificate for this use",
    when_accepted: WhenAccepted::Starts,
};

/// `certificate` is the own one; `None` if an end in `role` may use it.
///
/// Source: RFC 5280 sections 4.2.1.3 and 4.2.1.12, RFC 8446 section 4.4.2.2.
pub(crate) fn found(at: &At<'_>, certificate: &Certificate, role: Role) -> Option<Finding> {
    let needed = purpose(role);
    let extensions = certificate.extensions();
    let name = certificate.subject().to_string();
    let finding = |extension: &str, needed: &str, found: Vec<String>| {
        let message = format!(
            "{}: {name:?} is not for a {role}: its {extension} is {}, without {needed}",
            at.option,
            found.join(", ")
        );
        at.finding(&KIND, message).with_remedy(format!(
            "issue a certificate whose {extension} has {needed}"
        ))
    };
    if let Some(purposes) = &extensions.extended_key_usage
        && !has_purpose(certificate, role)
    {
        let found = purposes.iter().map(ToString::to_string).collect();
        return Some(finding("extended key usage", &needed.to_string(), found));
    }
    let usage = extensions.key_usage?;
    (!usage.allows(KeyUse::DigitalSignature)).then(|| {
        let found = usage.iter().map(|key_use| key_use.to_string()).collect();
        finding("key usage", &KeyUse::DigitalSignature.to_string(), found)
    })
}

/// Whether the purposes of a certificate have that of an end in `role`, or it names none.
pub(crate) fn has_purpose(certificate: &Certificate, role: Role) -> bool {
    let needed = purpose(role);
    let purposes = certificate.extensions().extended_key_usage.as_ref();
    purposes.is_none_or(|all| all.iter().any(|one| *one == needed || *one == Purpose::Any))
}

fn purpose(role: Role) -> Purpose {
    match role {
        Role::Server => Purpose::ServerAuth,
        Role::Client => Purpose::ClientAuth,
    }
}
