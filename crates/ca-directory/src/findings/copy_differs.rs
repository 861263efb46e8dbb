//! TP6014: copy of a certificate is not what the ledger says.

use trustpack_keystore::pem::read_certificates;
use trustpack_settings::finding::{Code, Kind, Severity, WhenAccepted};
use trustpack_x509::certificate::Certificate;

use crate::check::{CaFinding, Inspected};
use crate::durable;
use crate::ledger_line::Record;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(6014),
    severity: Severity::Error,
    title: "copy of a certificate is not what the ledger says",
    meaning: "The file of a serial cannot be read, or is a certificate of another serial, end, or authority.",
    example: "one `repository/<serial>.pem` copied over another",
    remedy: "put the right certificate there",
    when_accepted: WhenAccepted::Starts,
};

pub(super) fn check(inspected: &Inspected<'_>) -> Vec<CaFinding> {
    let layout = inspected.directory.layout();
    let mut findings = Vec::new();
    for record in inspected
        .records
        .values()
        .filter_map(|records| records.first())
    {
        let path = layout.ledger_copy(&record.serial);
        let Ok(file) = durable::read(&path) else {
            continue;
        };
        let difference = match read_certificates(&file).as_deref() {
            Ok([copy, ..]) => difference(inspected, record, copy),
            Ok([]) => None,
            Err(error) => Some(error.to_string()),
        };
        findings.extend(difference.map(|message| CaFinding::new(&KIND, &path, message)));
    }
    findings
}

fn difference(inspected: &Inspected<'_>, record: &Record, copy: &Certificate) -> Option<String> {
    let ca = inspected.directory.certificate().subject();
    if copy.serial() != &record.serial {
        return Some(format!(
            "its serial is {}; the ledger says {}",
            copy.serial(),
            record.serial
        ));
    }
    if copy.validity().not_after != record.expiry {
        let end = copy.validity().not_after;
        return Some(format!(
            "it ends on {end}; the ledger says {}",
            record.expiry
        ));
    }
    (copy.issuer() != ca).then(|| format!("its issuer is {}; the CA is {ca}", copy.issuer()))
}
