//! A certificate that is refused, though by the settings and files that were looked at it would be taken.
//!
//! Invariant: nothing is said of it unless the files of both ends were looked at.

use trustpack_settings::options::OptionId;
use trustpack_tls::cause::Cause;
use trustpack_tls::cause::trouble::{Trouble, Whose};
use trustpack_x509::time::Timestamp;

use super::alert::Meaning;
use super::ends::Ends;
use super::{At, Explanation, Who, remedy};

/// What was refused would be taken by the settings and files that were looked at: what runs has others. Nothing if they say
/// the same, or are not known.
pub(super) fn explanation(
    cause: Cause,
    told_by: Who,
    ends: &Ends<'_>,
    now: Timestamp,
    what: &str,
) -> Option<Explanation> {
    let (judging, trouble) = if let Cause::Refused(trouble, whose) = cause {
        (told_by, Some((trouble, whose)))
    } else if let Cause::Alert(alert) = cause
        && let Meaning::Certificate(trouble) = Meaning::of(alert)
    {
        (told_by.other(), Some((trouble, Whose::Presented)))
    } else if let Cause::Alert(alert) = cause
        && Meaning::of(alert) == Meaning::SomethingWithCertificate
    {
        (told_by.other(), None)
    } else if let Cause::Alert(alert) = cause
        && Meaning::of(alert) == Meaning::Denied
    {
        (told_by.other(), None)
    } else {
        return None;
    };
    if !ends.takes(judging, now) {
        return None;
    }
    let presenting = judging.other();
    // Whoever does not say more may have refused it for its time.
    let clock = match trouble {
        Some((Trouble::Expired | Trouble::NotYetValid, _)) | None => {
            format!("; or correct the clock of {judging}, if that is wrong")
        }
        Some(_) => String::new(),
    };
    let is_of_presenting = trouble
        .is_some_and(|(trouble, whose)| remedy::lacking(trouble, whose, judging, ends).is_none());
    Some(Explanation {
        what: what.to_owned(),
        at: if is_of_presenting {
            At::End(presenting)
        } else {
            At::Either
        },
        remedy: format!(
            "by the settings and files that were looked at, {judging} takes the certificate of {presenting}, \
             {}; what runs has others, or had then: let it read them again, or restart it{clock}",
            ends.option(presenting, OptionId::Certificate)
        ),
    })
}
