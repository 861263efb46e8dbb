//! What the crate does with files of other programs, and what other programs do with its files.
//!
//! One test program, because each one more links the cryptographic library again.

#[cfg(test)]
mod certificates;
#[cfg(test)]
mod contents;
#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod foreign;
#[cfg(test)]
mod jks;
#[cfg(test)]
mod key_files;
#[cfg(test)]
mod key_files_refused;
#[cfg(test)]
mod key_files_written;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod our_stores;
#[cfg(test)]
mod pkcs12;
#[cfg(test)]
mod pkcs12_mac;
#[cfg(test)]
mod programs;
#[cfg(test)]
mod signatures;
#[cfg(test)]
mod stores_of_others;
