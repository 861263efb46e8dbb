//! The kinds of findings that this crate makes, one file each, and their register.
//!
//! To add one: a file with `pub const KIND: Kind` and the functions that make findings of it, and a
//! line in [`REGISTER`]. A test holds codes unique.

use crate::finding::Kind;

/// Every kind of this crate, by code.
pub static REGISTER: &[&Kind] = &[];
