//! The CA directory: layout, lock, journal, ledger.
//!
//! One folder holds one authority: its key, certificate, ledger and what it issued, as files that
//! `openssl ca` works on too. Time and randomness are arguments; keys are made in the key store.
//!
//! Invariant: a change is all or nothing. Its commit point is the line in the ledger; what an
//! interrupted change leaves is finished or undone by the next command ([`recovery`]).

pub mod batch;
mod batch_chunk;
mod batch_parallel;
pub mod bundle_files;
pub mod certify;
pub mod change;
pub mod change_kind;
pub mod change_plan;
pub mod change_target;
pub mod check;
mod config_text;
pub mod create;
pub mod crl;
pub mod crl_urls;
pub mod directory;
pub mod durable;
pub mod entropy;
pub mod findings;
pub mod founding;
mod fresh_serials;
#[cfg(feature = "fuzzed")]
pub mod fuzzed;
pub mod host_chains;
pub mod import;
pub mod issue;
pub mod issued_file;
pub mod journal;
pub mod layout;
pub mod ledger;
pub mod ledger_line;
mod lock;
mod openssl_conf;
pub mod own_keys;
pub mod publish;
pub mod recovery;
pub mod rekey;
pub mod renew;
pub mod renewable;
pub mod repair;
mod repository_file;
pub mod retired;
pub mod revoke;
pub mod search;
pub mod serial_file;
pub mod sub;
pub mod summary;
#[cfg(test)]
mod tests_of_readers;
