//! The step "dates": every certificate of the path is valid at the moment, the anchor too.
//!
//! RFC 5280 does not look at an anchor's dates; the systems taken over do, and an expired CA that
//! still works is found when it is too late.

use trustpack_x509::time::Timestamp;

use crate::member::Member;
use crate::reason::Reason;

/// What is wrong with the dates, leaf first.
pub(crate) fn judge(path: &[Member], now: Timestamp) -> impl Iterator<Item = Reason> {
    path.iter().filter_map(move |member| {
        let validity = member.certificate.validity();
        let certificate = member.clone();
        if now < validity.not_before {
            Some(Reason::NotYetValid {
                certificate,
                not_before: validity.not_before,
                now,
            })
        } else if validity.not_after < now {
            Some(Reason::Expired {
                certificate,
                not_after: validity.not_after,
                now,
            })
        } else {
            None
        }
    })
}
