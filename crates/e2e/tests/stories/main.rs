//! Stories of the whole program: what its users do with it, and what they get when it goes wrong.
//!
//! One test program for all, since linking takes longer than running.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test reports by panicking"
)]

mod bad_input;
mod bundles;
mod ca_copies;
mod ca_disk;
mod ca_files;
mod ca_import;
mod ca_issued;
mod ca_killed;
mod ca_killed_changes;
mod ca_killed_often;
mod ca_rekey;
mod ca_repair;
mod ca_scripts;
mod ca_stores;
mod ca_sub;
mod ca_with_openssl;
mod cert_adopt;
mod cert_convert;
mod cert_export;
mod cert_lint;
mod cert_renew;
mod cert_show;
mod cert_verify;
mod components;
mod convert_priv_key;
mod crl_made;
mod crl_read;
mod crl_readers;
mod csr;
mod examples;
mod fleet_accept;
mod fleet_agree;
mod fleet_check;
mod fleet_diff;
mod fleet_explain;
mod fleet_explain_ends;
mod fleet_explain_why;
mod fleet_files;
mod fleet_import;
mod fleet_matrix;
mod fleet_points;
mod fleet_sarif;
mod fleet_schema;
mod foreign_readers;
mod foreign_refusals;
mod foreign_stores;
mod help_examples;
mod host;
mod host_lost_links;
mod host_names;
mod host_pairs;
mod hostile_names;
mod install;
mod json_output;
mod keys;
mod ledger;
mod linted;
mod linted_variants;
mod lists;
mod manual;
mod own_file;
mod profiles;
mod readable_folders;
mod reference;
mod reference_examples;
mod revocation;
mod stores;
mod turns_with_openssl;
