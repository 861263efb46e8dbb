//! The digest at the end of a Java key store.
//!
//! SHA-1 over the password, a text and the contents: whoever knows no password cannot make it,
//! though SHA-1 is what it is. Invariant: it is compared in constant time.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{Context, SHA1_FOR_LEGACY_USE_ONLY};

use super::text;
use crate::password::Password;

/// Octets of it.
pub(super) const LENGTH: usize = 20;

/// Source: `JavaKeyStore.getPreKeyedHash` of OpenJDK; its authors were fond of rhyme.
const BETWEEN: &[u8] = b"Mighty Aphrodite";

pub(super) fn of(password: &Password, contents: &[u8]) -> impl AsRef<[u8]> + use<> {
    let mut context = Context::new(&SHA1_FOR_LEGACY_USE_ONLY);
    context.update(&text::password(password));
    context.update(BETWEEN);
    context.update(contents);
    context.finish()
}

pub(super) fn is_right(password: &Password, contents: &[u8], digest: &[u8]) -> bool {
    verify_slices_are_equal(of(password, contents).as_ref(), digest).is_ok()
}
