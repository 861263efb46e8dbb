//! Why a connection failed, by the sentences of programs whose lines have no field for it.
//!
//! Sentences have texts of peers in them: subjects of certificates, which stand in quotes, and names. So a sentence is told
//! by how it begins, and what a peer chose is cut out before. Invariant: no text of a peer decides what a sentence means.
//! The sentences are those of old; newer ones need no place here.

use trustpack_tls::cause::trouble::{Trouble, Whose};
use trustpack_tls::cause::{Cause, HeaderFault, Unreached};
use trustpack_tls::handshake::Begun;

/// The cause that a sentence means; `None` if it is none that is known. `in_tls` says that TLS was up.
pub(super) fn cause(sentence: &str, in_tls: bool) -> Option<Cause> {
    let sentence = without_quoted(sentence);
    let sentence = sentence.strip_prefix(TRUST_ENDED).unwrap_or(&sentence);
    let known = BEGINNINGS
        .iter()
        .find(|(words, _)| sentence.starts_with(words));
    match known {
        Some((_, Cause::Closed(_) | Cause::Broke)) if in_tls => Some(Cause::PeerBroke),
        // How it ends is ours: nothing of the peer stands in it.
        Some((_, Cause::TimedOut(_))) if sentence.ends_with("without a word") => {
            Some(Cause::TimedOut(Begun::Silent))
        }
        Some((_, cause)) => Some(*cause),
        None => alert(sentence)
            .or_else(|| not_reached(sentence))
            .or_else(|| of_certificate(sentence)),
    }
}

/// How a server tells of a client that takes no signature of its key. Nothing of a peer stands in it.
const NO_SIGNATURE: &str = "there is no signature algorithm that both ends";

/// The cause, where programs of old had one word for two.
pub(super) fn told_apart(cause: Cause, sentence: &str) -> Cause {
    if cause == Cause::NothingInCommon && sentence.starts_with(NO_SIGNATURE) {
        Cause::NoSignature
    } else if cause == Cause::Refused(Trouble::NotAllowedByCa, Whose::Presented)
        && without_quoted(sentence).contains(OTHER_KEY)
    {
        Cause::Refused(Trouble::OtherKey, Whose::Presented)
    } else {
        cause
    }
}

/// How it is said that a certificate was signed with another key than that of the CA of its name. What a peer chose stands in quotes.
const OTHER_KEY: &str = "does not match the key of the trusted certificate ";

/// Before the reason for which a live connection was cut.
const TRUST_ENDED: &str = "the connection is cut, because its peer is no longer trusted: ";

/// How sentences begin in which nothing of a peer stands before it is clear which they are, and what they mean.
const BEGINNINGS: &[(&str, Cause)] = &[
    (
        "the TLS client presented no certificate",
        Cause::NoCertificate,
    ),
    (
        "the TLS server presented no certificate",
        Cause::NoCertificate,
    ),
    (
        "the signature of the handshake does not match",
        Cause::NotItsKey,
    ),
    (
        "there is no version of TLS that both ends",
        Cause::NoVersion,
    ),
    ("there is no cipher suite that both ends", Cause::NoSuite),
    (NO_SIGNATURE, Cause::NoSignature),
    ("there is no ", Cause::NothingInCommon),
    ("plain text instead of TLS", Cause::PlainText),
    ("the client's hello is broken", Cause::BrokenHello),
    (
        "the peer closed the connection without a word",
        Cause::Closed(Begun::Silent),
    ),
    (
        "the peer closed the connection",
        Cause::Closed(Begun::Speaking),
    ),
    (
        "the handshake was not done after",
        Cause::TimedOut(Begun::Speaking),
    ),
    ("the client said nothing for", Cause::Silent),
    ("the peer sent more in one message", Cause::TooLarge),
    (
        "the certificate of the peer cannot be read",
        Cause::Unreadable,
    ),
    ("the peer sent more than", Cause::Protocol),
    ("the peer sent ", Cause::TooManyCertificates),
    ("the peer broke the TLS protocol", Cause::Protocol),
    ("the peer broke off", Cause::PeerBroke),
    ("the connection to the peer broke", Cause::PeerBroke),
    ("the connection to the program broke", Cause::ProgramBroke),
    (
        "the connection failed before its PROXY header",
        Cause::ProxyHeader(HeaderFault::Missing),
    ),
    (
        "the connection failed: the settings demand TLS",
        Cause::Shut,
    ),
    ("the connection failed", Cause::Broke),
    (
        "the caller closed the connection before",
        Cause::ProxyHeader(HeaderFault::Missing),
    ),
    (
        "the caller closed the connection without",
        Cause::ProxyHeader(HeaderFault::Silent),
    ),
    (
        "no complete PROXY header came",
        Cause::ProxyHeader(HeaderFault::Missing),
    ),
    (
        "the caller may pass no connections on",
        Cause::ProxyHeader(HeaderFault::Unnamed),
    ),
    ("no PROXY header", Cause::ProxyHeader(HeaderFault::Missing)),
    (
        "a PROXY header of version 1; taken",
        Cause::ProxyHeader(HeaderFault::Version),
    ),
    (
        "a PROXY header of version 2; taken",
        Cause::ProxyHeader(HeaderFault::Version),
    ),
    ("a PROXY header", Cause::ProxyHeader(HeaderFault::Broken)),
    ("nothing moved for", Cause::Idle),
    ("cut: it was in plain text", Cause::NoMorePlain),
    (
        "cut: the settings no longer have this tunnel",
        Cause::TunnelGone,
    ),
    ("cut at the stop", Cause::Stopped),
    (
        "no CA is trusted here",
        Cause::Refused(Trouble::NothingTrusted, Whose::Presented),
    ),
    (
        "the search for a path",
        Cause::Refused(Trouble::NotTrusted, Whose::Presented),
    ),
    (
        "above ",
        Cause::Refused(Trouble::TooManyIntermediates, Whose::Presented),
    ),
    (
        "the number of intermediates ",
        Cause::Refused(Trouble::TooManyIntermediates, Whose::Presented),
    ),
    (
        "the number of self-issued intermediates ",
        Cause::Refused(Trouble::TooManyIntermediates, Whose::Presented),
    ),
    (
        "the signature of ",
        Cause::Refused(Trouble::NotAllowedByCa, Whose::Presented),
    ),
    (
        "the number of CAs below ",
        Cause::Refused(Trouble::NotAllowedByCa, Whose::Presented),
    ),
    (
        "the extended key usage of ",
        Cause::Refused(Trouble::Usage, Whose::Presented),
    ),
    (
        "the key usage of ",
        Cause::Refused(Trouble::Usage, Whose::Presented),
    ),
];

/// What sentences say of a certificate, behind its name and serial number, in this order.
const OF_CERTIFICATES: &[(&str, Trouble)] = &[
    ("was issued by", Trouble::NotTrusted),
    ("is not trusted here", Trouble::NotTrusted),
    ("issued another", Trouble::NotAllowedByCa),
    ("has critical extensions", Trouble::NotAllowedByCa),
    (
        "demands an explicit certificate policy",
        Trouble::NotAllowedByCa,
    ),
    ("is signed with", Trouble::Weak),
    ("has an RSA key of", Trouble::Weak),
    ("has a public key of", Trouble::Weak),
    ("is valid only from", Trouble::NotYetValid),
    ("was valid until", Trouble::Expired),
    ("was revoked on", Trouble::Revoked),
    (
        "was revoked is not known: there is no list of its issuer",
        Trouble::NoList,
    ),
    ("was revoked is not known", Trouble::ListUnusable),
    (
        "bears none of the names that are allowed",
        Trouble::NotAllowed,
    ),
    ("bears ", Trouble::NotAllowedByCa),
    ("is for ", Trouble::Name),
    ("has no subject alternative name", Trouble::Name),
    ("names no host", Trouble::Name),
];

fn alert(sentence: &str) -> Option<Cause> {
    let alert = sentence.strip_prefix("the peer refused with the alert ")?;
    let digits = alert.chars().filter(char::is_ascii_digit);
    digits.collect::<String>().parse().ok().map(Cause::Alert)
}

/// The address before it is from the settings; a path may have blanks.
fn not_reached(sentence: &str) -> Option<Cause> {
    let (address, error) = sentence.split_once(" was not reached: ")?;
    let is_address = address.starts_with("unix:") || !address.contains(' ');
    let known = [
        ("Connection refused", Unreached::NobodyListens),
        ("no answer after", Unreached::NoAnswer),
        ("failed to lookup", Unreached::NoAddress),
        ("Too many open files", Unreached::TooManyFiles),
        ("Permission denied", Unreached::Forbidden),
    ];
    let found = known.iter().find(|(words, _)| error.starts_with(words));
    let why = found.map_or(Unreached::Other, |(_, why)| *why);
    is_address.then_some(Cause::NotReached(why))
}

fn of_certificate(sentence: &str) -> Option<Cause> {
    let sentence = sentence.strip_prefix("whether ").unwrap_or(sentence);
    let kinds = [
        ("the certificate ", Whose::Presented),
        ("the intermediate certificate ", Whose::Presented),
        ("the CA certificate ", Whose::Presented),
        ("the trusted certificate ", Whose::Trusted),
    ];
    let mut named = kinds
        .iter()
        .filter_map(|(kind, whose)| Some((sentence.strip_prefix(kind)?, *whose)));
    let (rest, whose) = named.next()?;
    // The subject was cut out, and its quotes were left.
    let rest = rest.strip_prefix("\"\" ").unwrap_or(rest);
    let (_serial, says) = rest.strip_prefix("with serial ")?.split_once(' ')?;
    let (_, trouble) = OF_CERTIFICATES
        .iter()
        .find(|(words, _)| says.starts_with(words))?;
    Some(Cause::Refused(*trouble, whose))
}

/// A sentence without what stands in quotes, which itself has `\"` for a quote.
fn without_quoted(sentence: &str) -> String {
    let mut text = String::new();
    let (mut quoted, mut escaped) = (false, false);
    for character in sentence.chars() {
        match character {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => {
                quoted = !quoted;
                text.push('"');
            }
            _ if quoted => {}
            _ => text.push(character),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(sentence: &str, want: Option<Cause>) {
        assert_eq!(cause(sentence, false), want, "{sentence}");
    }

    fn refused(trouble: Trouble) -> Option<Cause> {
        Some(Cause::Refused(trouble, Whose::Presented))
    }

    #[test]
    fn a_subject_decides_nothing() {
        for words in [
            "there is no version of TLS",
            "presented no certificate",
            "was revoked on",
            "\\\" with serial 1 was revoked on",
        ] {
            let subject = format!("the certificate \"CN={words}\" with serial 7F ");
            let unknown =
                format!("{subject}was issued by \"CN={words}\", which is neither trusted");
            check(&unknown, refused(Trouble::NotTrusted));
            check(
                &format!("{subject}was valid until 2026"),
                refused(Trouble::Expired),
            );
            let name = format!("{subject}is for DNS:was revoked on; the host is a");
            check(&name, refused(Trouble::Name));
            let list = format!("whether {subject}was revoked is not known: the list is not used, ");
            check(&list, refused(Trouble::ListUnusable));
            let plain = format!("plain text instead of TLS: the peer began with '{words}'");
            check(&plain, Some(Cause::PlainText));
        }
    }

    #[test]
    fn two_keys_of_one_name_are_told_apart() {
        let wrong = |subject: &str, issuer: &str| {
            let sentence = format!(
                "the signature of the certificate \"{subject}\" with serial 1 does not match the key of {issuer} \"{subject}\" with serial 2, \
                 which bears its issuer's name"
            );
            told_apart(cause(&sentence, false).expect("a cause"), &sentence)
        };
        let (trusted, sent) = ("the trusted certificate", "the intermediate certificate");
        let other_key = Cause::Refused(Trouble::OtherKey, Whose::Presented);
        let by_ca = Cause::Refused(Trouble::NotAllowedByCa, Whose::Presented);
        assert_eq!(wrong("CN=a", trusted), other_key);
        // What a peer chose does not decide.
        for subject in [
            "CN=a",
            "CN=does not match the key of the trusted certificate ",
        ] {
            assert_eq!(wrong(subject, sent), by_ca);
        }
    }

    #[test]
    fn sentences_of_old() {
        check(
            "the trusted certificate with serial 1 was valid until 2026",
            Some(Cause::Refused(Trouble::Expired, Whose::Trusted)),
        );
        let ended = "the connection is cut, because its peer is no longer trusted: the certificate \"CN=a\" with serial 1 was \
                     revoked on 2026";
        check(ended, refused(Trouble::Revoked));
        check(
            "above the intermediate certificate \"CN=a\" with serial 1 no trusted CA follows; at most 8 intermediates are allowed",
            refused(Trouble::TooManyIntermediates),
        );
        check(
            "the peer sent 101 certificates; at most 100 are allowed",
            Some(Cause::TooManyCertificates),
        );
        let alert = "the peer refused with the alert unknown_ca (48)";
        check(alert, Some(Cause::Alert(48)));
        let stopped = "the handshake was not done after 10s: the peer stopped ";
        let silent = format!("{stopped}without a word");
        check(&silent, Some(Cause::TimedOut(Begun::Silent)));
        let speaking = format!("{stopped}in the middle of the handshake");
        check(&speaking, Some(Cause::TimedOut(Begun::Speaking)));
        let files = "127.0.0.1:1 was not reached: Too many open files (os error 24)";
        check(files, Some(Cause::NotReached(Unreached::TooManyFiles)));
        let broke = "the connection failed: Connection reset by peer";
        assert_eq!(cause(broke, false), Some(Cause::Broke));
        assert_eq!(cause(broke, true), Some(Cause::PeerBroke));
        check("both sides were done", None);
        check("the certificate", None);
    }
}
