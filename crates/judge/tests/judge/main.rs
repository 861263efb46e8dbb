//! What the judge says to certificates that OpenSSL made (`tests/fixtures/make.sh`).

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking, in its helpers too"
)]

mod allowed_names;
mod ask;
mod authority;
mod constraints;
mod course;
mod dates;
mod mutation;
mod mutation_of_lists;
mod names;
mod paths;
mod revocation;
mod signatures;
mod strength;
mod uris;
mod usages;
