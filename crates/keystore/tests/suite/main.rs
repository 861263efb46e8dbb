//! What the crate does with files of other programs, and what other programs do with its files.
//!
//! One test program, because each one more links the cryptographic library again.

#[cfg(test)]
mod certificates;
#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod foreign;
#[cfg(test)]
mod key_files;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod mutations;
#[cfg(test)]
mod pkcs12;
#[cfg(test)]
mod signatures;
