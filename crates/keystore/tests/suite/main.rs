//! What the crate does with files of other programs, and what other programs do with its files.
//!
//! One test program, because each one more links the cryptographic library again.

mod certificates;
mod fixtures;
mod foreign;
mod keys;
mod mutations;
mod pkcs12;
mod signatures;
