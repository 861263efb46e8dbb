//! TP4024: own certificate for a wildcard.

use trustpack_settings::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use trustpack_x509::certificate::Certificate;
use trustpack_x509::general_name::GeneralName;

use crate::findings::At;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(4024),
    severity: Severity::Warning,
    title: "own certificate for a wildcard",
    meaning: "The own certificate is for a name with an asterisk. The systems taken over and this one match no wildcard: a client that checks names refuses it.",
    example: "a certificate for *.example.com",
    remedy: "issue a certificate for the name of the host",
    when_accepted: WhenAccepted::Starts,
};

/// `certificate` is the own one; `None` if it names no wildcard.
pub(crate) fn found(at: &At<'_>, certificate: &Certificate) -> Option<Finding> {
    let names = certificate.extensions().subject_alt_names.as_deref();
    let in_names = names
        .unwrap_or_default()
        .iter()
        .find_map(|name| match name {
            GeneralName::Dns(text) if text.contains('*') => Some(text.clone()),
            GeneralName::Dns(_)
            | GeneralName::Email(_)
            | GeneralName::Ip(_)
            | GeneralName::IpOctets(_)
            | GeneralName::Uri(_)
            | GeneralName::Directory(_)
            | GeneralName::Other { .. } => None,
        });
    let common_name = certificate.subject().common_name();
    let in_subject = common_name.filter(|name| names.is_none() && name.starts_with("*."));
    let wildcard = in_names.or_else(|| in_subject.map(str::to_owned))?;
    let message = format!(
        "{}: the certificate is for {wildcard:?}, which matches no host for trustpack and the systems taken over",
        at.option
    );
    Some(at.finding(&KIND, message))
}
