//! The judge's index of a revocation list: loading it, its memory, and looking serials up.

use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

use anyhow::Context as _;
use trustpack_judge::revocation::list::KnownList;
use trustpack_keystore::pem;
use trustpack_x509::crl::RevocationList;
use trustpack_x509::serial::Serial;

use crate::memory::Memory;
use crate::process::milliseconds;

/// Serials that are looked up, half of which are on the list.
const QUESTIONS: u32 = 400_000;
/// A stride that visits the entries of a list in an order that has nothing to do with theirs: a prime.
const STRIDE: usize = 7_368_787;

/// Milliseconds to load and verify, megabytes kept, megabytes more than the file at the peak, nanoseconds of a
/// lookup.
pub(super) fn measure(list: &Path, certificate: &Path) -> anyhow::Result<Vec<f64>> {
    let certificate = pem::read_certificates(&std::fs::read(certificate)?)?;
    let certificate = certificate.first().context("there is no certificate")?;

    // Where that is not allowed the peak is one of the whole process, which has done nothing yet.
    drop(std::fs::write("/proc/self/clear_refs", "5"));
    let before = Memory::now()?;
    let start = Instant::now();
    let der = std::fs::read(list)?;
    let file = kilobytes(der.len());
    let known = KnownList::new(RevocationList::from_der(der)?);
    let verified = known.is_signed_by(certificate.public_key());
    let loaded = start.elapsed();
    let after = Memory::now()?;

    anyhow::ensure!(verified, "the signature of the list is wrong");
    Ok(vec![
        milliseconds(loaded),
        (after.resident - before.resident) / 1000.0,
        (after.peak - before.resident - file) / 1000.0,
        lookup_nanoseconds(&known, &questions(list)?),
    ])
}

/// The mean time of a lookup. Each begins only when the one before it has its answer, as handshakes would; a
/// processor would otherwise do several at a time.
fn lookup_nanoseconds(known: &KnownList, questions: &[Serial]) -> f64 {
    let nothing = black_box(0);
    let (mut next, mut found) = (0, 0_u32);
    let start = Instant::now();
    while let Some(serial) = questions.get(next) {
        let is_on_it = black_box(known.find(serial)).is_some();
        found += u32::from(is_on_it);
        next += 1 + (usize::from(is_on_it) & nothing);
    }
    let each = start.elapsed().as_secs_f64() * 1e9 / f64::from(QUESTIONS);
    // The half that is on it, and perhaps one of the others by chance.
    assert!(found.abs_diff(QUESTIONS / 2) < 2, "{found} found");
    each
}

/// Serials of the list in no order, and between them some that are like them and not on it.
fn questions(list: &Path) -> anyhow::Result<Vec<Serial>> {
    let list = RevocationList::from_der(std::fs::read(list)?)?;
    let entries: Vec<&[u8]> = list
        .entries()
        .map(|entry| entry.map(|entry| entry.serial_contents))
        .collect::<Result<_, _>>()?;
    let mut questions = Vec::new();
    let mut at = 0;
    for number in 0..QUESTIONS {
        at = (at + STRIDE) % entries.len();
        let mut serial = entries.get(at).context("the list is empty")?.to_vec();
        if number % 2 == 1
            && let Some(last) = serial.last_mut()
        {
            *last ^= 0x55;
        }
        questions.push(Serial::from_der_contents(&serial));
    }
    Ok(questions)
}

fn kilobytes(octets: usize) -> f64 {
    f64::from(u32::try_from(octets).unwrap_or(u32::MAX)) / 1000.0
}
