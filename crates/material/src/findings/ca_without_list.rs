//! TP4043: trusted CA without a revocation list.

use trustpack_judge::question::CrlCheck;
use trustpack_judge::revocation::RevocationLists;
use trustpack_settings::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use trustpack_settings::value::AbsolutePath;
use trustpack_x509::certificate::Certificate;

use crate::findings::At;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(4043),
    severity: Severity::Warning,
    title: "trusted CA without a revocation list",
    meaning: "The end checks revocation (crl), and its file has no list of a CA that it trusts. Whether a certificate of that CA was revoked is then not known, so whoever shows one is refused; with crl-check = \"chain\" also whoever shows one of a CA below it. A file with the list of another CA in its place is found by this before anybody is refused.",
    example: "crl names the list of the CA of another site",
    remedy: "add the list of that CA to the file of crl, or take the CA out of trusted-ca if nobody here has a certificate of it or of a CA below it",
    when_accepted: WhenAccepted::Starts,
};

/// How many names are told; of the others, how many there are.
const NAMES: usize = 3;

/// `without` are trusted CAs of whom there is no list; `None` if there are none.
pub(crate) fn found(
    at: &At<'_>,
    path: &AbsolutePath,
    without: &[&Certificate],
    (lists, check): (&RevocationLists, CrlCheck),
) -> Option<Finding> {
    let cas = match without {
        [] => return None,
        [_] => "CA",
        [_, ..] => "CAs",
    };
    let names = named(without.iter().map(|one| one.subject().to_string()));
    let refused = match check {
        CrlCheck::Leaf => "a certificate that was issued there",
        CrlCheck::Chain => "a chain that ends there",
    };
    let mut issuers: Vec<String> = lists
        .lists()
        .map(|list| list.head().issuer.to_string())
        .collect();
    issuers.dedup();
    let there = named(issuers);
    let message = format!(
        "{}: no list in {path} is of the trusted {cas} {names}, so whoever shows {refused} is refused; the lists there are of {there}",
        at.option
    );
    Some(at.finding(&KIND, message))
}

fn named(names: impl IntoIterator<Item = String>) -> String {
    let mut names = names.into_iter();
    let shown: Vec<_> = names.by_ref().take(NAMES).collect();
    let shown: Vec<_> = shown.iter().map(|name| format!("{name:?}")).collect();
    match names.count() {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
