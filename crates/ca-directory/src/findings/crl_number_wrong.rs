//! TP6016: CRL number cannot be used.

use trustpack_settings::finding::{Code, Kind, Severity, WhenAccepted};
use trustpack_x509::crl::number::CrlNumber;

use crate::check::found::Found;
use crate::check::{CaFinding, Inspected, whole_message};
use crate::durable;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(6016),
    severity: Severity::Warning,
    title: "CRL number cannot be used",
    meaning: "`crl_number` holds no number: neither Trustpack nor OpenSSL can make a CRL.",
    example: "an empty `ca_conf/crl_number`",
    remedy: "`trustpack ca check --repair`; or put a hexadecimal number there that is higher than that of every CRL given out",
    when_accepted: WhenAccepted::Starts,
};

pub(crate) fn check(inspected: &Inspected<'_>, found: &mut Found) {
    let path = &inspected.directory.layout().crl_number;
    let message = match durable::read_if_there(path) {
        Ok(None) => return,
        Ok(Some(file)) => match String::from_utf8_lossy(&file).trim().parse::<CrlNumber>() {
            Ok(_) => return,
            Err(error) => error.to_string(),
        },
        Err(error) => whole_message(&error),
    };
    found.add(CaFinding::new(&KIND, path, message));
}
