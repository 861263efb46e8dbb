//! Sessions that may be resumed: for which connections, and until when.
//!
//! The engine does not judge the peer of a resumed session again. So a session is only resumed by the
//! endpoint and under the generation of trust that it was made by (each has sessions of its own), and
//! before the first moment at which something ends that the judgement of its peer rested on. What is
//! older leads to a full handshake. A resumed session hands its end on to the sessions made from it.
//!
//! Invariant: a session whose end is not known is not resumed.

use rustls::pki_types::UnixTime;
use trustpack_x509::time::Timestamp;

pub(crate) mod client;
pub(crate) mod server;

/// The first moment at which a session may not be resumed any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct End(u64);

/// Octets of a session that is kept, the certificates of its peer included. A larger one is forgotten.
///
/// Source: ours; a chain of four certificates with RSA keys of 4096 bits, twice over.
const MAX_SESSION_BYTES: usize = 16 * 1024;

impl End {
    /// Nothing that the session rests on ends.
    pub(crate) const NEVER: Self = Self(u64::MAX);

    /// The earliest of these moments.
    pub(crate) fn earliest(ends: impl Iterator<Item = Timestamp>) -> Self {
        ends.min().map_or(Self::NEVER, |end| Self(end.unix()))
    }

    fn is_past(self, now: Option<UnixTime>) -> bool {
        // Without the time nothing is known to be still good.
        now.is_none_or(|now| now.as_secs() >= self.0)
    }

    fn to_octets(self) -> [u8; 8] {
        self.0.to_be_bytes()
    }

    fn from_octets(octets: [u8; 8]) -> Self {
        Self(u64::from_be_bytes(octets))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_session_ends_with_the_first_thing_that_ends() {
        let at = |seconds| UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        let ends = [300, 100, 200].map(Timestamp::from_unix);
        let end = End::earliest(ends.into_iter());
        assert!(!end.is_past(Some(at(99))));
        assert!(end.is_past(Some(at(100))));
        assert!(end.is_past(None));
        assert!(!End::earliest(std::iter::empty()).is_past(Some(at(u64::MAX - 1))));
        assert_eq!(End::from_octets(end.to_octets()), end);
    }
}
