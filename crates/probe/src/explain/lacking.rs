//! A service with which nobody comes to an agreement: what it has nothing of that our engine speaks.
//!
//! Whatever alert it sent: 40 alone stands for a version, a suite, a group and a key. Invariant: nothing is said here but what
//! the service has shown when it was asked.

use std::collections::BTreeSet;

use trustpack_settings::cipher_suites;
use trustpack_settings::endpoint::Role;

use super::{At, Explanation, Who};
use crate::contact::Contact;
use crate::survey::Offers;
use crate::survey::lack::Lack;
use crate::survey::names::Version;

const VERSION: &str = "let it take TLS 1.2 or TLS 1.3, or update it; nothing older is spoken here";
const SUITE: &str = "let it take suites with ECDHE and AES-GCM or ChaCha20-Poly1305 too, such as ECDHE-RSA-AES128-GCM-SHA256";
const GROUP: &str = "let it take X25519 or P-256 too, which every program of today has";
const SIGNATURE: &str = "give it a certificate with another kind of key, P-256 or RSA from 2048 bits, whose signatures every program verifies";

/// Why a service that agreed on nothing has nothing in common with our engine, by what it takes; nothing if that is not why.
#[must_use]
pub fn of_offers(contact: &Contact, offers: &Offers) -> Option<Explanation> {
    if !contact.presented().is_empty() {
        return None;
    }
    if offers.versions.first()?.version < Version::Tls12 {
        let names = offers.versions.iter().map(|one| one.version.to_string());
        let names = names.collect::<Vec<_>>().join(" and ");
        return lacks(contact, &format!("{names} alone"), VERSION);
    }
    let taken: BTreeSet<&str> = offers
        .versions
        .iter()
        .flat_map(|one| &one.suites)
        .map(|suite| suite.name)
        .collect();
    let ours = cipher_suites::everything();
    if !taken.is_empty() && !ours.iter().any(|suite| taken.contains(suite.iana)) {
        let takes = format!("no suite of today, but {}", listed(taken));
        return lacks(contact, &takes, SUITE);
    }
    if !offers.groups.is_empty() && !offers.groups.iter().any(|group| group.is_ours()) {
        let groups = listed(&offers.groups);
        let takes = format!("no group that is spoken here, but {groups}");
        return lacks(contact, &takes, GROUP);
    }
    if !offers.signatures.is_empty() && !offers.signatures.iter().any(|one| one.is_ours()) {
        let signatures = listed(&offers.signatures);
        let takes = format!("handshakes that are signed with {signatures} alone");
        return lacks(contact, &takes, SIGNATURE);
    }
    None
}

/// The same by what it lacks; nothing if that was not asked, or is something else.
pub(super) fn of_lack(contact: &Contact) -> Option<Explanation> {
    match contact.lack.as_ref()? {
        Lack::Version(highest) => lacks(contact, &format!("{highest} at most"), VERSION),
        Lack::Suite(suite) => {
            let takes = format!("no suite of today, but such as {}", suite.name);
            lacks(contact, &takes, SUITE)
        }
        Lack::Group(group) => {
            let takes = format!("no group that is spoken here, but such as {group}");
            lacks(contact, &takes, GROUP)
        }
        Lack::Signature(signature) => {
            let takes = format!("no handshake but one that is signed with {signature}");
            lacks(contact, &takes, SIGNATURE)
        }
    }
}

fn lacks(contact: &Contact, takes: &str, remedy: &str) -> Option<Explanation> {
    let failure = contact.failure()?;
    Some(Explanation {
        what: format!("{failure}: the server takes {takes}"),
        at: At::End(Who::The(Role::Server)),
        remedy: remedy.to_owned(),
    })
}

/// The first of them, and how many more there are.
fn listed<T: ToString>(names: impl IntoIterator<Item = T>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| name.to_string()).collect();
    let shown = names.iter().take(SHOWN).cloned().collect::<Vec<_>>();
    match names.len().saturating_sub(SHOWN) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// Names that a sentence lists.
const SHOWN: usize = 3;
