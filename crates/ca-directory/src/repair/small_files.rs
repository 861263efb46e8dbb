//! The files of one value, and the trust store: serial, number of lists, what OpenSSL keeps beside the
//! ledger.
//!
//! Invariant: a number that is put there is higher than every one that is known to have been used.

use trustpack_keystore::pkcs12;
use trustpack_x509::crl::number::CrlNumber;
use trustpack_x509::serial::Serial;

use super::kept::KeptFile;
use super::{Repair, RepairError, RepairMode, is_replaceable};
use crate::change_target::Target;
use crate::check::found::Found;
use crate::check::ledger_look::LedgerLook;
use crate::check::{Inspected, KeyState, own_lists};
use crate::durable::{self, FileError};
use crate::entropy::Entropy;
use crate::findings::not_in_ledger::serial_of;
use crate::findings::{
    crl_number_behind, crl_number_wrong, serial_file_wrong, serial_went_back, subject_twice,
    trust_store_differs, trust_store_with_key,
};
use crate::layout::Layout;
use crate::repository_file::names_in;
use crate::serial_file::{self, SerialFileError};

/// A file that is to have other contents.
struct Mend {
    target: Target,
    kept: KeptFile,
    contents: Vec<u8>,
}

pub(super) fn mend(repair: &mut Repair<'_>, entropy: &mut Entropy<'_>) -> Result<(), RepairError> {
    let layout = repair.layout();
    let inspected = Inspected {
        directory: repair.directory,
        now: repair.now,
        key: KeyState::NotChecked,
        next_serial: serial_file::read_next(&layout.serial),
        ledger: LedgerLook::of_lines(repair.directory, repair.now, &mut Found::default()),
    };
    let mends: Vec<Mend> = [
        serial(repair, &inspected, entropy)?,
        crl_number(repair, &inspected),
        trust_store(repair, &inspected),
        attributes(repair, &inspected),
    ]
    .into_iter()
    .flatten()
    .collect();
    if mends.is_empty() || repair.is_rehearsal() {
        return Ok(());
    }
    let mut change = repair.begin()?;
    for mend in mends {
        repair.replace(&mut change, mend.target, mend.kept, &mend.contents)?;
    }
    Ok(change.commit()?)
}

/// Whether a check finds something.
fn is_wrong(check: fn(&Inspected<'_>, &mut Found), inspected: &Inspected<'_>) -> bool {
    let mut found = Found::default();
    check(inspected, &mut found);
    !found.into_checked().findings.is_empty()
}

fn serial(
    repair: &mut Repair<'_>,
    inspected: &Inspected<'_>,
    entropy: &mut Entropy<'_>,
) -> Result<Option<Mend>, FileError> {
    let path = &repair.layout().serial;
    if !is_replaceable(path) {
        return Ok(None);
    }
    let kind = match &inspected.next_serial {
        Err(SerialFileError::Invalid { .. }) => &serial_file_wrong::KIND,
        // Something else than a file stands there, or it cannot be read.
        Err(SerialFileError::File(_) | SerialFileError::Exhausted { .. }) => return Ok(None),
        Ok(_) if is_wrong(serial_went_back::check, inspected) => &serial_went_back::KIND,
        Ok(_) => return Ok(None),
    };
    let in_names = highest_counted_name(repair.layout())?.unwrap_or_default();
    let counted = inspected.ledger.serials.highest().and_then(|highest| {
        // Where the highest was drawn at random, serials are.
        let in_ledger = highest.counting_value()?;
        Serial::from_u64(in_ledger.max(in_names).checked_add(1)?)
            .filter(|next| next.counting_value().is_some())
    });
    let next = match &counted {
        Some(next) => next.clone(),
        None => Serial::from_random(entropy.draw()),
    };
    let message = match (repair.mode, counted) {
        // Another will be drawn.
        (RepairMode::Rehearse, None) => "a next serial drawn at random".to_owned(),
        (RepairMode::Mend, None) => format!("next serial {next}, drawn at random"),
        (RepairMode::Rehearse | RepairMode::Mend, Some(_)) => {
            format!("next serial {next}, one more than the highest that was used")
        }
    };
    repair.note(kind, path, message);
    Ok(Some(Mend {
        target: Target::Serial,
        kept: KeptFile::Serial,
        contents: serial_file::text(&next).into_bytes(),
    }))
}

/// The highest counted serial that a file of the repository is named after.
fn highest_counted_name(layout: &Layout) -> Result<Option<u64>, FileError> {
    let names = names_in(&layout.repository)?;
    let counted = names
        .iter()
        .filter_map(|name| serial_of(name)?.counting_value());
    Ok(counted.max())
}

fn crl_number(repair: &mut Repair<'_>, inspected: &Inspected<'_>) -> Option<Mend> {
    let path = &repair.layout().crl_number;
    if !is_replaceable(path) {
        return None;
    }
    let kind = if is_wrong(crl_number_wrong::check, inspected) {
        &crl_number_wrong::KIND
    } else if is_wrong(crl_number_behind::check, inspected) {
        &crl_number_behind::KIND
    } else {
        return None;
    };
    let highest = own_lists::highest_number(repair.directory);
    let (next, why) = match highest.and_then(|highest| highest.next()) {
        Some(next) => (next, "one more than that of the newest list"),
        // Higher than any that was ever counted to.
        None => (
            CrlNumber::from_u64(repair.now.unix()),
            "the time in seconds",
        ),
    };
    repair.note(kind, path, format!("next number {next}, {why}"));
    Some(Mend {
        target: Target::CrlNumber,
        kept: KeptFile::CrlNumber,
        contents: format!("{next}\n").into_bytes(),
    })
}

fn trust_store(repair: &mut Repair<'_>, inspected: &Inspected<'_>) -> Option<Mend> {
    let path = &repair.layout().trust_store;
    if !is_replaceable(path) {
        return None;
    }
    let with_key = is_wrong(trust_store_with_key::check, inspected);
    let kind = if with_key {
        &trust_store_with_key::KIND
    } else if is_wrong(trust_store_differs::check, inspected) {
        &trust_store_differs::KIND
    } else {
        return None;
    };
    let own = std::slice::from_ref(repair.directory.certificate());
    let contents = pkcs12::write_trust_store(own).ok()?;
    let advice = match with_key {
        true => "; the key was in it: delete the copies that were given out",
        false => "",
    };
    repair.note(
        kind,
        path,
        format!("made anew from the CA certificate{advice}"),
    );
    Some(Mend {
        target: Target::TrustStore,
        kept: KeptFile::TrustStore,
        contents,
    })
}

fn attributes(repair: &mut Repair<'_>, inspected: &Inspected<'_>) -> Option<Mend> {
    let path = repair.layout().ledger_attributes();
    if !is_replaceable(&path) || !is_wrong(subject_twice::check, inspected) {
        return None;
    }
    let old = durable::read_if_there(&path).ok()?.unwrap_or_default();
    let old = String::from_utf8_lossy(&old);
    let others = old.lines().filter(|line| !line.contains("unique_subject"));
    let lines = others.chain(["unique_subject = no"]);
    let text: String = lines.map(|line| format!("{line}\n")).collect();
    repair.note(&subject_twice::KIND, &path, "unique_subject set to no");
    Some(Mend {
        target: Target::LedgerAttributes,
        kept: KeptFile::LedgerAttributes,
        contents: text.into_bytes(),
    })
}
