//! TP6014: copy of a certificate is not what the ledger says.

use trustpack_keystore::pem::read_certificates;
use trustpack_settings::finding::{Code, Kind, Severity, WhenAccepted};
use trustpack_x509::certificate::Certificate;

use crate::check::{CaFinding, whole_message};
use crate::directory::CaDirectory;
use crate::durable;
use crate::ledger::fields::Line;

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

/// What is wrong with the copy of the certificate of a line; one that is missing is another matter.
pub(crate) fn of_line(directory: &CaDirectory, line: &Line<'_>) -> Option<CaFinding> {
    let path = directory.layout().ledger_copy(&line.serial());
    let message = match durable::read(&path) {
        Ok(file) => match read_certificates(&file).as_deref() {
            Ok([copy, ..]) => difference(directory, line, copy),
            Ok([]) => None,
            Err(error) => Some(error.to_string()),
        },
        // Whose account may not read it learns nothing.
        Err(error) if error.is_not_found() || error.is_denied() => None,
        Err(error) => Some(whole_message(&error)),
    };
    message.map(|message| CaFinding::new(&KIND, &path, message))
}

/// How a certificate differs from what a line says; none if it is that of the line.
pub(crate) fn difference(
    directory: &CaDirectory,
    line: &Line<'_>,
    copy: &Certificate,
) -> Option<String> {
    let ca = directory.certificate().subject();
    let (serial, expiry) = (line.serial(), line.expiry);
    if *copy.serial() != serial {
        return Some(format!(
            "its serial is {}; the ledger says {serial}",
            copy.serial()
        ));
    }
    let end = copy.validity().not_after;
    if end != expiry {
        return Some(format!("it ends on {end}; the ledger says {expiry}"));
    }
    (copy.issuer() != ca).then(|| format!("its issuer is {}; the CA is {ca}", copy.issuer()))
}
