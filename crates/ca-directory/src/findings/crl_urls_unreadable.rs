//! TP6050: place of the revocation lists not understood.

use trustpack_settings::finding::{Code, Kind, Severity, WhenAccepted};

use crate::check::found::Found;
use crate::check::{CaFinding, Inspected, whole_message};
use crate::directory::AuthorityError;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(6050),
    severity: Severity::Error,
    title: "place of the revocation lists not understood",
    meaning: "`ca.conf` gives certificates a `crlDistributionPoints` of a form that is not read here. Nothing is issued: certificates would lack what the CA says of itself.",
    example: "`crlDistributionPoints = @points` in the section that `x509_extensions` names",
    remedy: "write it as URI:http://... with commas between several, or take it away",
    when_accepted: WhenAccepted::Starts,
};

pub(super) fn check(inspected: &Inspected<'_>, found: &mut Found) {
    let path = &inspected.directory.layout().config;
    // What is wrong with the key and other files is told by those checks.
    if let Err(AuthorityError::CrlUrls { source, .. }) = inspected.directory.crl_urls() {
        found.add(CaFinding::new(&KIND, path, whole_message(&source)));
    }
}
