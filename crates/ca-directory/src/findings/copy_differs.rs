//! TP6014: copy of a certificate is not what the ledger says.

use std::path::Path;

use trustpack_judge::folded_name;
use trustpack_keystore::pem::read_certificates;
use trustpack_settings::finding::{Code, Kind, Severity, WhenAccepted};
use trustpack_x509::certificate::Certificate;

use crate::check::{CaFinding, whole_message};
use crate::directory::CaDirectory;
use crate::durable;
use crate::findings::copy_unverified;
use crate::ledger::fields::Line;
use crate::own_keys::{Issued, OwnKeys};

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(6014),
    severity: Severity::Error,
    title: "copy of a certificate is not what the ledger says",
    meaning: "The file of a serial cannot be read, is a certificate of another serial, end, or authority, or one that no key of the CA signed: nothing is made of it.",
    example: "one `repository/<serial>.pem` copied over another, or changed",
    remedy: "put the right certificate there",
    when_accepted: WhenAccepted::Starts,
};

/// What is wrong with the copy of the certificate of a line; one that is missing is another matter. Signatures are
/// verified where the keys are known.
pub(crate) fn of_line(
    directory: &CaDirectory,
    keys: Option<&OwnKeys>,
    line: &Line<'_>,
) -> Option<CaFinding> {
    let path = directory.layout().ledger_copy(&line.serial());
    let differs = |message: String| CaFinding::new(&KIND, &path, message);
    match durable::read(&path) {
        Ok(file) => match read_certificates(&file).as_deref() {
            Ok([copy, ..]) => {
                let difference = difference(directory, line, copy).map(differs);
                difference.or_else(|| of_signature(keys?, &path, copy))
            }
            Ok([]) => None,
            Err(error) => Some(differs(whole_message(error))),
        },
        // Whose account may not read it learns nothing.
        Err(error) if error.is_not_found() || error.is_denied() => None,
        Err(error) => Some(differs(whole_message(&error))),
    }
}

/// What is wrong with the signature of a copy that is otherwise that of its line.
fn of_signature(keys: &OwnKeys, path: &Path, copy: &Certificate) -> Option<CaFinding> {
    match keys.issued(copy) {
        Issued::Yes => None,
        Issued::No => {
            let message = format!("no key of this CA signed it ({})", copy.subject());
            Some(CaFinding::new(&KIND, path, message))
        }
        Issued::Unknown(error) => {
            let message = format!("whether a key of this CA signed it cannot be told: {error}");
            Some(CaFinding::new(&copy_unverified::KIND, path, message))
        }
    }
}

/// How a certificate differs from what a line says; none if it is that of the line.
fn difference(directory: &CaDirectory, line: &Line<'_>, copy: &Certificate) -> Option<String> {
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
    let is_of_ca = folded_name::same(copy.issuer(), ca);
    (!is_of_ca).then(|| format!("its issuer is {}; the CA is {ca}", copy.issuer()))
}
