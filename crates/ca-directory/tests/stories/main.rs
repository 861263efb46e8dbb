//! Stories of a CA directory: made, used, interrupted, shared with programs that are not ours.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test reports by panicking"
)]

mod checked;
mod created;
mod interrupted;
mod issued;
mod mended;
mod support;
mod under_another;
mod with_keytool;
mod with_openssl;
