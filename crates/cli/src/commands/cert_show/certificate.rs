//! A certificate, with everything in it.

use crate::output::{Output, Printed};
use serde::Serialize;
use trustpack_keystore::contents::{CertificateRole, Looked};
use trustpack_x509::certificate::{Certificate, Version};
use trustpack_x509::extension::{Extensions, NameConstraints, extension_name};
use trustpack_x509::lint::Finding;
use trustpack_x509::time::Timestamp;

use super::super::cert_findings::{self, FindingJson};
use super::rows::Rows;

/// A certificate as `--json` shows it, and from which the text is made.
#[derive(Debug, Serialize)]
pub(super) struct CertificateShown {
    alias: Option<String>,
    role: Option<&'static str>,
    /// Where in the file a malformed one stands.
    place: Option<String>,
    subject: String,
    issuer: String,
    serial: String,
    version: u8,
    not_before: String,
    not_after: String,
    key: String,
    key_sha256: String,
    signature_algorithm: String,
    /// Nothing where basicConstraints cannot be read.
    ca: Option<bool>,
    path_length: Option<u8>,
    #[serde(flatten)]
    pub(super) says: ExtensionsShown,
    thumbprint: String,
    thumbprint_spaced: String,
    sha256: String,
    findings: Vec<FindingJson>,
    #[serde(skip)]
    found: Vec<Finding>,
    #[serde(skip)]
    time_left: String,
}

/// What extensions say, in a certificate or asked for in a request.
#[derive(Debug, Serialize)]
pub(super) struct ExtensionsShown {
    names: Vec<String>,
    key_usage: Vec<String>,
    extended_key_usage: Vec<String>,
    permitted_names: Vec<String>,
    excluded_names: Vec<String>,
    subject_key_id: Option<String>,
    authority_key_id: Option<String>,
    authority_key_issuer: Vec<String>,
    authority_key_serial: Option<String>,
    crl_distribution_points: Vec<String>,
    freshest_crl: Vec<String>,
    authority_info_access: Vec<String>,
    subject_info_access: Vec<String>,
    policies: Vec<String>,
    policy_mappings: Vec<String>,
    require_explicit_policy: Option<u32>,
    inhibit_policy_mapping: Option<u32>,
    inhibit_any_policy: Option<u32>,
    issuer_names: Vec<String>,
    extensions: Vec<ExtensionShown>,
}

#[derive(Debug, Serialize)]
struct ExtensionShown {
    name: String,
    oid: String,
    critical: bool,
    /// The value of one that is not understood.
    octets: Option<String>,
}

impl CertificateShown {
    pub(super) fn new(certificate: &Certificate, now: Timestamp) -> Self {
        let extensions = certificate.extensions();
        let ca = extensions.authority_if_known();
        let basic = extensions.basic_constraints.filter(|_| ca.is_some());
        let validity = certificate.validity();
        let thumbprint = certificate.thumbprint();
        let found = cert_findings::of_certificate(certificate, now);
        Self {
            alias: None,
            role: None,
            place: None,
            subject: certificate.subject().to_string(),
            issuer: certificate.issuer().to_string(),
            serial: certificate.serial().to_hex(),
            version: match certificate.version() {
                Version::V1 => 1,
                Version::V2 => 2,
                Version::V3 => 3,
            },
            not_before: validity.not_before.to_string(),
            not_after: validity.not_after.to_string(),
            key: certificate.public_key().algorithm().to_string(),
            key_sha256: certificate.public_key().fingerprint(),
            signature_algorithm: certificate.signature_algorithm().to_string(),
            ca,
            path_length: basic.and_then(|basic| basic.path_length),
            says: ExtensionsShown::new(extensions),
            thumbprint_spaced: in_pairs(&thumbprint),
            thumbprint,
            sha256: certificate.sha256_fingerprint(),
            findings: found.iter().map(FindingJson::from).collect(),
            found,
            time_left: time_left(validity.not_after, now),
        }
    }

    /// With what the file says of it.
    pub(super) fn in_file(found: &Looked<'_>, now: Timestamp) -> Self {
        Self {
            alias: found.alias.map(str::to_owned),
            role: match found.role {
                CertificateRole::OfKey => Some("of a key"),
                CertificateRole::Trusted => Some("trusted"),
                CertificateRole::Unsaid => None,
            },
            place: found.place.map(|place| place.to_string()),
            ..Self::new(found.certificate, now)
        }
    }

    pub(super) fn write(&self, out: &mut Output) -> Printed {
        let mut rows = Rows::new(out);
        rows.maybe("alias", self.alias.as_ref())?;
        rows.many("in the file", self.role)?;
        rows.maybe("place", self.place.as_ref())?;
        rows.one("subject", &self.subject)?;
        rows.one("issuer", &self.issuer)?;
        rows.one("serial", &self.serial)?;
        let (from, to, left) = (&self.not_before, &self.not_after, &self.time_left);
        rows.one("valid", format!("{from} to {to} ({left})"))?;
        rows.one("key", &self.key)?;
        rows.one("signature", &self.signature_algorithm)?;
        let kind = match (self.ca, self.path_length) {
            (None, _) => "not known: basicConstraints cannot be read".to_owned(),
            (Some(true), Some(0)) => "CA, no other CA below it".to_owned(),
            (Some(true), Some(length)) => format!("CA, at most {length} more below it"),
            (Some(true), None) => "CA".to_owned(),
            (Some(false), _) => "end entity".to_owned(),
        };
        rows.one("kind", kind)?;
        if self.version != 3 {
            rows.one("version", self.version.to_string())?;
        }
        self.says.write(&mut rows)?;
        rows.many("thumbprint", [&self.thumbprint, &self.thumbprint_spaced])?;
        rows.one("SHA-256", &self.sha256)?;
        rows.one("key SHA-256", &self.key_sha256)?;
        cert_findings::write(out, "  ", &self.found)
    }
}

impl ExtensionsShown {
    pub(super) fn new(extensions: &Extensions) -> Self {
        let none = NameConstraints::default();
        let constraints = extensions.name_constraints.as_ref().unwrap_or(&none);
        let policy = extensions.policy_constraints.unwrap_or_default();
        let issuer = extensions.authority_key_id.as_ref();
        Self {
            names: texts(extensions.subject_alt_names.iter().flatten()),
            key_usage: texts(extensions.key_usage.iter().flat_map(|usage| usage.iter())),
            extended_key_usage: texts(extensions.extended_key_usage.iter().flatten()),
            permitted_names: texts(&constraints.permitted),
            excluded_names: texts(&constraints.excluded),
            subject_key_id: extensions.subject_key_id.as_deref().map(hexadecimal),
            authority_key_id: issuer.and_then(|id| id.key_id.as_deref()).map(hexadecimal),
            authority_key_issuer: texts(
                issuer
                    .and_then(|id| id.issuer.as_deref())
                    .unwrap_or_default(),
            ),
            authority_key_serial: issuer
                .and_then(|id| id.serial.as_ref())
                .map(ToString::to_string),
            crl_distribution_points: texts(extensions.crl_distribution_points.iter().flatten()),
            freshest_crl: texts(extensions.freshest_crl.iter().flatten()),
            authority_info_access: texts(extensions.authority_info_access.iter().flatten()),
            subject_info_access: texts(extensions.subject_info_access.iter().flatten()),
            policies: texts(extensions.certificate_policies.iter().flatten()),
            policy_mappings: extensions
                .policy_mappings
                .iter()
                .flatten()
                .map(|mapping| format!("{} as {}", mapping.issuer, mapping.subject))
                .collect(),
            require_explicit_policy: policy.require_explicit_policy,
            inhibit_policy_mapping: policy.inhibit_policy_mapping,
            inhibit_any_policy: extensions.inhibit_any_policy,
            issuer_names: texts(extensions.issuer_alt_names.iter().flatten()),
            extensions: ExtensionShown::all(extensions),
        }
    }

    pub(super) fn write(&self, rows: &mut Rows<'_>) -> Printed {
        rows.many("names", &self.names)?;
        rows.one("key usage", self.key_usage.join(", "))?;
        rows.one("extended key usage", self.extended_key_usage.join(", "))?;
        rows.many("permitted names", &self.permitted_names)?;
        rows.many("excluded names", &self.excluded_names)?;
        rows.many("CRL at", &self.crl_distribution_points)?;
        rows.many("newest changes at", &self.freshest_crl)?;
        rows.many("more at", &self.authority_info_access)?;
        rows.many("subject's more at", &self.subject_info_access)?;
        rows.many("policies", &self.policies)?;
        rows.many("policies mapped", &self.policy_mappings)?;
        let after = |count: u32| format!("after {count} more certificates");
        rows.maybe(
            "policy demanded",
            self.require_explicit_policy.map(after).as_ref(),
        )?;
        rows.maybe(
            "no policy mapping",
            self.inhibit_policy_mapping.map(after).as_ref(),
        )?;
        rows.maybe("no any-policy", self.inhibit_any_policy.map(after).as_ref())?;
        rows.many("issuer's names", &self.issuer_names)?;
        rows.maybe("subject key id", self.subject_key_id.as_ref())?;
        rows.maybe("authority key id", self.authority_key_id.as_ref())?;
        rows.many("authority's issuer", &self.authority_key_issuer)?;
        rows.maybe("authority's serial", self.authority_key_serial.as_ref())?;
        let shown: Vec<String> = self.extensions.iter().map(ExtensionShown::text).collect();
        let (strange, known) = shown
            .into_iter()
            .zip(&self.extensions)
            .partition::<Vec<_>, _>(|(_, one)| one.octets.is_some());
        let known: Vec<String> = known.into_iter().map(|(text, _)| text).collect();
        rows.one("extensions", known.join(", "))?;
        rows.many("not understood", strange.into_iter().map(|(text, _)| text))
    }
}

impl ExtensionShown {
    fn all(extensions: &Extensions) -> Vec<Self> {
        let octets = |oid| {
            let unknown = extensions.unknown.iter().find(|one| one.oid == oid);
            let unreadable = extensions.unreadable.iter().find(|one| one.oid == oid);
            unknown
                .map(|one| &one.value)
                .or_else(|| unreadable.map(|one| &one.value))
        };
        extensions
            .all
            .iter()
            .map(|(oid, critical)| Self {
                name: extension_name(oid),
                oid: oid.to_string(),
                critical: *critical,
                octets: octets(*oid).map(|value| hexadecimal(value)),
            })
            .collect()
    }

    fn text(&self) -> String {
        let mut text = self.name.clone();
        if self.critical {
            text.push_str(" (critical)");
        }
        if let Some(octets) = &self.octets {
            text.push_str(": #");
            // What is shown of a long value: whoever needs the rest has --json.
            text.extend(octets.chars().take(MAX_SHOWN));
            text.push_str(if octets.len() > MAX_SHOWN { "..." } else { "" });
        }
        text
    }
}

/// Digits of a value that is not understood, on the terminal.
const MAX_SHOWN: usize = 128;

fn texts<T: ToString>(items: impl IntoIterator<Item = T>) -> Vec<String> {
    items.into_iter().map(|item| item.to_string()).collect()
}

/// Octets as lower-case digits.
pub(super) fn hexadecimal(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

/// `4DBA35` as `4D BA 35`, which is how Windows shows thumbprints.
fn in_pairs(digits: &str) -> String {
    let pairs: Vec<&str> = digits
        .as_bytes()
        .chunks(2)
        .filter_map(|pair| std::str::from_utf8(pair).ok())
        .collect();
    pairs.join(" ")
}

/// How long until the end, in days.
fn time_left(end: Timestamp, now: Timestamp) -> String {
    const DAY: u64 = 24 * 60 * 60;
    let days = |seconds: u64| match seconds / DAY {
        1 => "1 day".to_owned(),
        days => format!("{days} days"),
    };
    if end < now {
        format!("ended {} ago", days(now.since(end).as_secs()))
    } else {
        format!("{} left", days(end.since(now).as_secs()))
    }
}
