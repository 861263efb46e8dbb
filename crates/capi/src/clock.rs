//! The clock and the environment, which are read here alone.
//!
//! A program in C gives no time: the library is the edge.

use std::time::SystemTime;

use trustpack_keystore::password::Password;
use trustpack_x509::time::Timestamp;

/// The time.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the edge, where time comes from"
)]
pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    Timestamp::from_unix(since.unwrap_or_default().as_secs())
}

/// A variable of the environment, for passwords that are given as `env:NAME`.
pub(crate) fn variable(name: &str) -> Option<Password> {
    let value = std::env::var_os(name)?.into_string().ok()?;
    Some(Password::new(value))
}
