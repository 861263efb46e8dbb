//! What the commands that make or change a CA tell of its certificate: `ca create`, `ca sub`, `ca renew`, `ca rekey`.
//!
//! Not what else they did. Invariant: the same thing stands under the same name in all of them.

use crate::output::{Output, Printed};
use std::path::Path;

use serde::Serialize;
use trustpack_ca_directory::layout::Layout;
use trustpack_x509::certificate::Certificate;

/// The certificate of a CA that is new, as `--json` shows it.
#[derive(Debug, Serialize)]
pub(super) struct AuthorityJson {
    ca: String,
    serial: String,
    not_before: String,
    not_after: String,
    thumbprint: String,
    certificate: String,
}

impl AuthorityJson {
    /// `file` is where the certificate is.
    pub(super) fn new(certificate: &Certificate, file: &Path) -> Self {
        Self {
            ca: certificate.subject().to_string(),
            serial: certificate.serial().to_hex(),
            not_before: certificate.validity().not_before.to_string(),
            not_after: certificate.validity().not_after.to_string(),
            thumbprint: certificate.thumbprint(),
            certificate: file.display().to_string(),
        }
    }
}

/// The same for people: the CA and `said` of it, and where its certificate is.
pub(super) fn write_lines(
    certificate: &Certificate,
    said: &str,
    layout: &Layout,
    out: &mut Output,
) -> Printed {
    let (subject, end) = (certificate.subject(), certificate.validity().not_after);
    writeln!(out, "CA {subject} until {end}{said}")?;
    writeln!(out, "certificate  {}", layout.certificate.display())?;
    let store = layout.trust_store.display();
    writeln!(out, "for Windows and Java  {store}")
}
