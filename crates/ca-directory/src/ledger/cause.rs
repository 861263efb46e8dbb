//! Why a certificate was revoked, as the third field of a line has it after the moment.
//!
//! | in the line | is |
//! | --- | --- |
//! | nothing | no reason given |
//! | `superseded` and the other names | that reason |
//! | `keyTime,20260101000000Z` | keyCompromise, since that moment |
//! | `CAkeyTime,20260101000000Z` | CACompromise, since that moment |
//! | `holdInstruction,OID` | certificateHold |
//! | `superseded,20260101000000Z` | ours: that reason, since that moment |
//! | `unspecified,privilegeWithdrawn` | ours: a reason that OpenSSL does not know |
//!
//! OpenSSL loads no ledger with a reason it does not know, and passes over what follows one that it
//! knows: our forms are such that it reads every line, and keeps it as it is.
//! Invariant: what is written reads back as the same.
//!
//! Source: `make_revocation_str` and `unpack_revinfo` of OpenSSL 3.0.

use trustpack_x509::crl::reason::RevocationReason;
use trustpack_x509::time::Timestamp;
use trustpack_x509::time::asn1::Asn1Time;

/// Why a certificate was revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cause {
    /// The reason, as RFC 5280 section 5.3.1 has them.
    pub reason: RevocationReason,
    /// Since when its key was in other hands, or it was bad for another reason: the invalidity date of
    /// RFC 5280 section 5.3.2.
    pub invalid_since: Option<Timestamp>,
}

const KEY_TIME: &str = "keyTime";
const CA_KEY_TIME: &str = "CAkeyTime";
const HOLD_INSTRUCTION: &str = "holdInstruction";

impl Cause {
    /// A reason alone.
    #[must_use]
    pub fn new(reason: RevocationReason) -> Self {
        Self {
            reason,
            invalid_since: None,
        }
    }

    /// Whether it can be lifted.
    #[must_use]
    pub fn is_hold(self) -> bool {
        self.reason == RevocationReason::CertificateHold
    }

    /// Reads what follows the comma behind the moment; none if OpenSSL would not load it.
    pub(crate) fn from_field(field: &[u8]) -> Option<Self> {
        let mut words = field.split(|&octet| octet == b',');
        let [first, second, third] = [(); 3].map(|()| words.next());
        let first = first.unwrap_or_default();
        if first.is_empty() {
            // A line may end in a comma only if it is damaged.
            return field
                .is_empty()
                .then(|| Self::new(RevocationReason::Unspecified));
        }
        let is = |name: &str| first.eq_ignore_ascii_case(name.as_bytes());
        if is(HOLD_INSTRUCTION) {
            return second.map(|_| Self::new(RevocationReason::CertificateHold));
        }
        for (name, reason) in [
            (KEY_TIME, RevocationReason::KeyCompromise),
            (CA_KEY_TIME, RevocationReason::CaCompromise),
        ] {
            if is(name) {
                let invalid_since = Some(Timestamp::from_asn1(second?)?);
                return Some(Self {
                    reason,
                    invalid_since,
                });
            }
        }
        let known = openssl_reason(first)?;
        let other = second
            .filter(|_| known == RevocationReason::Unspecified)
            .and_then(own_reason);
        let time = if other.is_some() { third } else { second };
        Some(Self {
            reason: other.unwrap_or(known),
            invalid_since: time.and_then(Timestamp::from_asn1),
        })
    }

    /// What follows the moment and a comma; none if nothing does.
    pub(crate) fn to_field(self) -> Option<String> {
        let time = self.invalid_since.map(general_time);
        let name = match (self.reason, &time) {
            (RevocationReason::Unspecified, None) => return None,
            (RevocationReason::KeyCompromise, Some(_)) => KEY_TIME.to_owned(),
            (RevocationReason::CaCompromise, Some(_)) => CA_KEY_TIME.to_owned(),
            (reason, _) if is_known_to_openssl(reason) => reason.name().to_owned(),
            (reason, _) => format!("{},{}", RevocationReason::Unspecified, reason.name()),
        };
        Some(match time {
            Some(time) => format!("{name},{time}"),
            None => name,
        })
    }
}

/// Whether `openssl ca` has the reason.
fn is_known_to_openssl(reason: RevocationReason) -> bool {
    !matches!(
        reason,
        RevocationReason::PrivilegeWithdrawn | RevocationReason::AaCompromise
    )
}

fn openssl_reason(name: &[u8]) -> Option<RevocationReason> {
    reason_named(name).filter(|&reason| is_known_to_openssl(reason))
}

fn own_reason(name: &[u8]) -> Option<RevocationReason> {
    reason_named(name).filter(|&reason| !is_known_to_openssl(reason))
}

fn reason_named(name: &[u8]) -> Option<RevocationReason> {
    RevocationReason::ALL
        .into_iter()
        .find(|reason| reason.name().as_bytes().eq_ignore_ascii_case(name))
}

/// Always with four digits of the year: OpenSSL reads it as a GeneralizedTime.
fn general_time(moment: Timestamp) -> String {
    Asn1Time::Generalized(moment.to_generalized_time()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(field: &str, want: Option<(RevocationReason, Option<&str>)>, written: Option<&str>) {
        let got = Cause::from_field(field.as_bytes());
        let want = want.map(|(reason, since)| Cause {
            reason,
            invalid_since: since.map(|since| since.parse().unwrap()),
        });
        assert_eq!(got, want, "{field}");
        let text = got.and_then(Cause::to_field);
        assert_eq!(text.as_deref(), written, "{field}");
        if let Some(got) = got {
            let again = Cause::from_field(text.unwrap_or_default().as_bytes());
            assert_eq!(again, Some(got), "{field}");
        }
    }

    #[test]
    fn reads_and_writes_as_openssl_does() {
        use RevocationReason as Reason;
        let midnight = Some("2026-01-01T00:00:00Z");
        check("", Some((Reason::Unspecified, None)), None);
        check("unspecified", Some((Reason::Unspecified, None)), None);
        check(
            "superseded",
            Some((Reason::Superseded, None)),
            Some("superseded"),
        );
        check(
            "SUPERSEDED",
            Some((Reason::Superseded, None)),
            Some("superseded"),
        );
        check(
            "keyTime,20260101000000Z",
            Some((Reason::KeyCompromise, midnight)),
            Some("keyTime,20260101000000Z"),
        );
        check(
            "CAkeyTime,20260101000000Z",
            Some((Reason::CaCompromise, midnight)),
            Some("CAkeyTime,20260101000000Z"),
        );
        check(
            "holdInstruction,1.2.840.10040.2.2",
            Some((Reason::CertificateHold, None)),
            Some("certificateHold"),
        );
    }

    #[test]
    fn what_openssl_does_not_know_stands_where_it_does_not_look() {
        use RevocationReason as Reason;
        for field in ["unspecified,privilegeWithdrawn", "unspecified,AACompromise"] {
            let reason = Cause::from_field(field.as_bytes()).unwrap().reason;
            check(field, Some((reason, None)), Some(field));
        }
        for field in [
            "superseded,20260101000000Z",
            "unspecified,20260101000000Z",
            "unspecified,privilegeWithdrawn,20260101000000Z",
        ] {
            let cause = Cause::from_field(field.as_bytes()).unwrap();
            assert!(cause.invalid_since.is_some(), "{field}");
            check(field, Some((cause.reason, Some("2026-01-01"))), Some(field));
        }
        check(
            "superseded,x",
            Some((Reason::Superseded, None)),
            Some("superseded"),
        );
    }

    #[test]
    fn refuses_what_openssl_would_not_load() {
        for field in [
            "privilegeWithdrawn",
            "because",
            ",",
            ",superseded",
            "keyTime",
            "keyTime,yesterday",
            "holdInstruction",
        ] {
            check(field, None, None);
        }
    }
}
