//! Endpoints that follow their settings and files: what is taken over, what stays as it was, and what time does to
//! both.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

#[path = "../../../material/tests/support/mod.rs"]
mod support;

mod broken;
mod fleets;
mod lists_of_others;
mod remembered;
mod time;
mod world;
