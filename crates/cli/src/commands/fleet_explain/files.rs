//! What the files of an endpoint hold: the certificate that it shows, whom it trusts, and the lists that it asks.
//!
//! Not whether that is right: findings and the prediction say so. Invariant: of files that nobody looked at nothing
//! is said.

use serde::Serialize;
use trustpack_material::load::Examined;
use trustpack_material::survey::Survey;
use trustpack_settings::endpoint::Endpoint;
use trustpack_settings::finding::Severity;
use trustpack_x509::certificate::Certificate;
use trustpack_x509::time::Timestamp;

use crate::finding_report::counted;
use crate::output::{Output, Printed};

/// Trusted certificates that are named in a line; a file may hold hundreds.
const MAX_NAMED: usize = 5;

/// What was read.
#[derive(Debug, Serialize)]
pub(super) struct FilesJson {
    /// What could not be read, or is not to be used, each with its path and the reason.
    not_read: Vec<String>,
    /// Of each of these, whether it keeps the end from its work; else it was only not looked at.
    #[serde(skip)]
    bars: Vec<bool>,
    /// Whether the settings name one, so that there is a reason if there is none.
    #[serde(skip)]
    certificate_is_named: bool,
    certificate: Option<CertificateJson>,
    /// Subjects of the certificates that are trusted.
    trusts: Vec<String>,
    lists: Vec<ListJson>,
}

/// The own certificate.
#[derive(Debug, Serialize)]
struct CertificateJson {
    subject: String,
    names: Vec<String>,
    issuer: String,
    not_before: String,
    not_after: String,
    /// Behind the dates, where they are not around this moment.
    #[serde(skip)]
    standing: &'static str,
    thumbprint: String,
    /// Subjects of what is sent behind it.
    above: Vec<String>,
}

/// A revocation list.
#[derive(Debug, Serialize)]
struct ListJson {
    issuer: String,
    next_update: Option<String>,
}

impl FilesJson {
    /// What was read for an endpoint; `None` where nobody looked.
    pub(super) fn of(endpoint: &Endpoint, survey: &Survey, now: Timestamp) -> Option<Self> {
        let examined = survey.examined(endpoint.place())?;
        let named = !endpoint.settings().certificate.value.is_none();
        Some(Self::new(examined, named, now))
    }

    fn new(examined: &Examined, certificate_is_named: bool, now: Timestamp) -> Self {
        let lists = examined.lists.iter().flat_map(|lists| lists.lists());
        let subject = |certificate: &Certificate| certificate.subject().to_string();
        let unread = examined.unread();
        let bars = examined.unread();
        Self {
            certificate_is_named,
            bars: bars
                .map(|finding| finding.kind.severity == Severity::Error)
                .collect(),
            not_read: unread
                .map(|finding| format!("{} ({})", finding.message, finding.code()))
                .collect(),
            certificate: examined
                .own_chain()
                .split_first()
                .map(|(own, above)| CertificateJson::new(own, above, now)),
            trusts: examined.anchors.certificates().map(subject).collect(),
            lists: lists
                .map(|list| ListJson {
                    issuer: list.head().issuer.to_string(),
                    next_update: list.head().next_update.map(|time| time.to_string()),
                })
                .collect(),
        }
    }
}

impl CertificateJson {
    fn new(own: &Certificate, above: &[Certificate], now: Timestamp) -> Self {
        let validity = own.validity();
        let names = own.extensions().subject_alt_names.iter().flatten();
        Self {
            subject: own.subject().to_string(),
            names: names.map(ToString::to_string).collect(),
            issuer: own.issuer().to_string(),
            not_before: validity.not_before.to_string(),
            not_after: validity.not_after.to_string(),
            standing: if now < validity.not_before {
                ", NOT YET VALID"
            } else if validity.contains(now) {
                ""
            } else {
                ", EXPIRED"
            },
            thumbprint: own.thumbprint(),
            above: above.iter().map(|one| one.subject().to_string()).collect(),
        }
    }
}

impl FilesJson {
    /// As lines with their own heading.
    pub(super) fn write(&self, out: &mut Output) -> Printed {
        writeln!(out)?;
        writeln!(out, "in its files:")?;
        for (not_read, bars) in self.not_read.iter().zip(&self.bars) {
            let word = if *bars { "cannot be used" } else { "not read" };
            writeln!(out, "  {word}: {not_read}")?;
        }
        match &self.certificate {
            None if self.certificate_is_named => {}
            None => writeln!(out, "  no certificate of its own")?,
            Some(own) => {
                writeln!(out, "  certificate: {}", own.subject)?;
                let names = match own.names.as_slice() {
                    [] => "none".to_owned(),
                    names => names.join(", "),
                };
                writeln!(out, "    names: {names}")?;
                writeln!(out, "    issued by: {}", own.issuer)?;
                let (from, to) = (&own.not_before, &own.not_after);
                writeln!(out, "    valid: {from} to {to}{}", own.standing)?;
                writeln!(out, "    thumbprint: {}", own.thumbprint)?;
                if !own.above.is_empty() {
                    writeln!(out, "    sent with it: {}", own.above.join("; "))?;
                }
            }
        }
        let named = self.trusts.iter().take(MAX_NAMED).cloned();
        let more = self.trusts.len().saturating_sub(MAX_NAMED);
        let more = (more > 0).then(|| format!("and {}", counted(more, "other")));
        let named: Vec<String> = named.chain(more).collect();
        if !named.is_empty() {
            writeln!(out, "  trusts: {}", named.join("; "))?;
        }
        for ListJson {
            issuer,
            next_update,
        } in &self.lists
        {
            let next = next_update.as_deref().unwrap_or("no date");
            writeln!(out, "  revocation list of {issuer}, next one: {next}")?;
        }
        Ok(())
    }
}
