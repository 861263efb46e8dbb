//! Alerts that may mean several things: each of them that may be, as far as the settings and files of both ends leave it open.
//!
//! Whoever refuses a certificate may lack something itself: its list or its own CA certificate is over, or it has another key of that CA.
//! Invariant: what is known not to be so is not told, and what is known is told alone.
//!
//! Source: what OpenSSL (`ssl/statem/statem_lib.c`, the table of verification results) and our own engine send for what.

use trustpack_settings::options::OptionId;
use trustpack_tls::cause::trouble::{Trouble, Whose};
use trustpack_x509::time::Timestamp;

use super::ends::Ends;
use super::remedy::{not_its_key, of_refusal};
use super::{At, Explanation, Who, protocol};

/// `certificate_expired`: sent for the certificate of `told_by`, for a CA that is trusted at the other end, and by OpenSSL for its list.
/// Ours sends it also before a certificate is valid.
pub(super) fn over(told_by: Who, ends: &Ends<'_>, now: Timestamp, what: &str) -> Explanation {
    let judging = told_by.other();
    let own = |trouble| of_refusal((trouble, Whose::Presented), judging, ends, what);
    let over = own(Trouble::Expired);
    let list = list_of(judging, ends).map_or_else(String::new, |list| {
        format!(", or a list of that CA that is in order into {list}")
    });
    let there = format!(
        "put the certificate of its CA as it is now into {} of {judging}, if the one in there is over{list}; or correct the clock of {judging}, \
         if that is wrong",
        ends.option(judging, OptionId::TrustedCa)
    );
    match time_of_shown(told_by, ends, now) {
        Some(Time::Over) => over,
        Some(Time::ToCome) => own(Trouble::NotYetValid),
        Some(Time::Now) => Explanation {
            at: At::End(judging),
            remedy: format!(
                "{there}; {} of {told_by} is valid now",
                ends.option(told_by, OptionId::Certificate)
            ),
            ..over
        },
        None => Explanation {
            at: At::Either,
            remedy: format!("{}; or, if that is valid now, {there}", over.remedy),
            ..over
        },
    }
}

/// `unknown_ca`: sent for a CA that is not trusted, and where its list is missing, or by ours of no use.
pub(super) fn unknown_ca(told_by: Who, ends: &Ends<'_>, what: &str) -> Explanation {
    let judging = told_by.other();
    let told = of_refusal((Trouble::NotTrusted, Whose::Presented), judging, ends, what);
    match list_of(judging, ends) {
        Some(list) => Explanation {
            remedy: format!(
                "{}; or, if that CA is in there, put a list of it that is in order into {list}",
                told.remedy
            ),
            ..told
        },
        None => told,
    }
}

/// `decrypt_error`: sent for a proof of the key that does not fit the certificate, and by OpenSSL for a certificate that another key
/// of that CA has signed than the one that it trusts.
pub(super) fn not_verified(told_by: Who, ends: &Ends<'_>, what: &str) -> Explanation {
    let judging = told_by.other();
    let other_key = of_refusal((Trouble::OtherKey, Whose::Presented), judging, ends, what);
    // Ours does not start with a key that is not that of its certificate; and of files that were looked at it is known whose it is.
    let files = ends.of(told_by).and_then(|end| end.files);
    let fits = files.is_some_and(|files| !files.own_chain().is_empty());
    if fits || protocol::is_ours(told_by, ends) {
        return other_key;
    }
    let own = not_its_key(told_by, ends, what);
    Explanation {
        at: At::Either,
        remedy: format!("{}; or, if it is, {}", own.remedy, other_key.remedy),
        ..own
    }
}

/// When that is valid which an end shows for itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Time {
    /// Something of it is valid no more.
    Over,
    /// Something of it is not valid yet.
    ToCome,
    /// All of it is.
    Now,
}

/// The time of what an end shows for itself, if that is known. A root above its certificate is none of it: the other end goes by its own.
/// Its certificate is, also if it is self-signed.
fn time_of_shown(who: Who, ends: &Ends<'_>, now: Timestamp) -> Option<Time> {
    let chain = ends.of(who)?.files?.own_chain();
    let (own, above) = chain.split_first()?;
    let above = above.iter().filter(|one| one.subject() != one.issuer());
    let mut shown = std::iter::once(own).chain(above).map(|one| one.validity());
    Some(match shown.find(|validity| !validity.contains(now)) {
        Some(validity) if validity.not_after < now => Time::Over,
        Some(_) => Time::ToCome,
        None => Time::Now,
    })
}

/// The option that names lists, where an end asks them, or it is not known whether it does.
fn list_of(who: Who, ends: &Ends<'_>) -> Option<String> {
    let Some(end) = ends.endpoint(who) else {
        return Some("crl, if it asks for one".to_owned());
    };
    let asks = end.engine().knows(OptionId::Crl) && ends.is_set(who, OptionId::Crl);
    asks.then(|| ends.option(who, OptionId::Crl))
}
