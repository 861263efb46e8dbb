//! The kinds of findings about what the TLS engine can do, one file each, and their register.
//!
//! To add one: a file with its `KIND` and the function that makes a finding of it, and a line in
//! [`REGISTER`]. A test holds codes unique and in order.

use trustpack_settings::finding::Kind;

pub mod beside_fips;
pub mod cipher_unknown;
pub mod no_cipher_left;

/// Every kind of this crate, by code.
pub static REGISTER: &[&Kind] = &[
    &cipher_unknown::KIND,
    &no_cipher_left::KIND,
    &beside_fips::KIND,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_in_order() {
        for pair in REGISTER.windows(2) {
            assert!(pair[0].code < pair[1].code, "{}", pair[1].title);
        }
    }
}
