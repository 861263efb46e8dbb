//! TP4019: key store cannot be used.

use trustpack_keystore::contents::{Format, ReadContentsError};
use trustpack_settings::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use trustpack_settings::value::{AbsolutePath, Provider, Shown};

use crate::findings::{At, sentence};

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(4019),
    severity: Severity::Error,
    title: "key store cannot be used",
    meaning: "A key store or trust store is of another kind than the provider says, is damaged, or does not hold what is looked for in it.",
    example: "provider = \"JKS\" and a PKCS#12 file",
    remedy: "name a store of the kind that provider says, and behind # the name of its entry",
    when_accepted: WhenAccepted::StaysDown,
};

/// The file is no store, or a damaged one.
pub(crate) fn found(at: &At<'_>, path: &AbsolutePath, error: &ReadContentsError) -> Finding {
    let why = sentence(error);
    at.finding(&KIND, format!("{}: the file {path}: {why}", at.option))
}

/// The file is of another kind than the provider.
pub(crate) fn other_kind(
    at: &At<'_>,
    path: &AbsolutePath,
    found: Format,
    provider: Provider,
) -> Finding {
    let provider = provider.shown();
    let message = format!(
        "{}: the file {path} is {found}, and the provider {provider}",
        at.option
    );
    let remedy = match found {
        Format::Pem | Format::Der | Format::Pkcs7 => "PEM",
        Format::Pkcs12 => "PKCS12",
        Format::Jks | Format::Jceks => "JKS",
    };
    at.finding(&KIND, message).with_remedy(format!(
        "name a store of the kind {provider}, or set provider to {remedy}"
    ))
}

/// The entry is not there.
pub(crate) fn no_entry(at: &At<'_>, path: &AbsolutePath, why: &str) -> Finding {
    at.finding(&KIND, format!("{}: the key store {path}: {why}", at.option))
}

/// No certificate is trusted by it.
pub(crate) fn nothing_trusted(at: &At<'_>, path: &AbsolutePath) -> Finding {
    let message = format!(
        "{}: the trust store {path} holds no trusted certificate",
        at.option
    );
    at.finding(&KIND, message)
}
