//! TP6019: CRL number went back.

use trustpack_settings::finding::{Code, Kind, Severity, WhenAccepted};
use trustpack_x509::crl::number::CrlNumber;

use crate::check::found::Found;
use crate::check::{CaFinding, Inspected, own_lists};
use crate::durable;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(6019),
    severity: Severity::Warning,
    title: "CRL number went back",
    meaning: "A revocation list in the folder has the number that the next one would get, or a higher one. Trustpack passes over it; OpenSSL would give it a second time, and some programs keep the list with the higher number.",
    example: "`ca_conf/crl_number` put back from an old copy",
    remedy: "put a hexadecimal number there that is higher than that of every CRL given out",
    when_accepted: WhenAccepted::Starts,
};

pub(crate) fn check(inspected: &Inspected<'_>, found: &mut Found) {
    let path = &inspected.directory.layout().crl_number;
    let next = durable::read_if_there(path).ok().flatten();
    let next: Option<CrlNumber> =
        next.and_then(|file| String::from_utf8_lossy(&file).trim().parse().ok());
    let highest: Option<CrlNumber> = own_lists::highest_number(inspected.directory);
    if let (Some(next), Some(highest)) = (next, highest)
        && next <= highest
    {
        let message = format!("the next number is {next}, but there is a list with {highest}");
        found.add(CaFinding::new(&KIND, path, message));
    }
}
