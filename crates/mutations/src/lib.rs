//! Files damaged in a fixed way, for the tests of readers (`tests/mutations.rs` of the crates).
//!
//! [`trial`] gives a reader seeds and what becomes of them: every outcome must be a value or a named
//! error, and take little memory. [`octets`], [`text`] and [`pem`] make the damage, [`numbers`] decides
//! which. [`gauge`] counts what one end of a conversation takes. Knows no format of ours. Invariant: the same seeds and the same number give the same files, on
//! every machine.
//!
//! The fuzz targets (`fuzz/`) look further and take longer; what they find is told here by a seed or a case.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "it is a part of tests, which report by panicking"
)]

pub mod gauge;
pub mod numbers;
pub mod octets;
pub mod pem;
pub mod seeds;
pub mod text;
pub mod trial;
