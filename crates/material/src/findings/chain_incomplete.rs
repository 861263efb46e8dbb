//! TP4008: chain incomplete.

use trustpack_settings::endpoint::Engine;
use trustpack_settings::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use trustpack_x509::certificate::Certificate;

use crate::findings::At;
use crate::limits::MAX_CHAIN;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(4008),
    severity: Severity::Error,
    title: "chain incomplete",
    meaning: "The chain from the own certificate to a root cannot be built: trusted-ca is set, and an issuer is neither in the certificate files nor in trusted-ca, or there with another key alone. Such an issuer is mostly an intermediate CA, and then every peer refuses the certificate. It may also be a root that peers have and this end does not, as between partners with a CA each: where another engine than ours presents the certificate, and the files of the peers show that each of them has the issuer, this is the warning TP4009. An end of ours does not start in any case, since it knows only its own files; with the certificate of the issuer in the files of certificate it does. Another engine does not always send what is in trusted-ca: Java sends nothing from there, OpenSSL only where the certificate files hold nothing but the own certificate; an intermediate that is there and not sent is the same error. So is a chain with more certificates than are allowed.",
    example: "a certificate issued by an intermediate CA, without the intermediate",
    remedy: "add the certificate of the issuer to the files of certificate, or to trusted-ca",
    when_accepted: WhenAccepted::Starts,
};

/// What helps with every engine.
const TO_THE_FILES: &str = "add the certificate of the issuer to the files of certificate";

/// The issuer above the last certificate of the chain is nowhere.
///
/// `is_ours` says whether our engine builds the chain, which others do not.
pub(crate) fn found(at: &At<'_>, last: &Certificate, is_ours: bool) -> Finding {
    let (name, issuer) = (last.subject().to_string(), last.issuer().to_string());
    let message = format!(
        "the chain is incomplete: {name:?} was issued by {issuer:?}, which is neither in the certificate files nor in trusted-ca"
    );
    let finding = at.finding(&KIND, message);
    if is_ours {
        finding
    } else {
        finding.with_remedy(TO_THE_FILES)
    }
}

/// There is a CA of the issuer's name, with another key: it was made anew, or got a new key.
///
/// `is_ours` as for [`found`].
pub(crate) fn of_another_key(at: &At<'_>, last: &Certificate, is_ours: bool) -> Finding {
    let (name, issuer) = (last.subject().to_string(), last.issuer().to_string());
    let message =
        format!("the chain is incomplete: {name:?} was issued by {issuer:?} {WITH_ANOTHER_KEY}");
    let or = if is_ours { ", or to trusted-ca" } else { "" };
    at.finding(&KIND, message).with_remedy(format!(
        "put a new certificate of that CA into certificate, signed with the key that it has there; or add the certificate of that CA with the \
         other key to the files of certificate{or}"
    ))
}

/// As what has signed.
pub(super) const WITH_ANOTHER_KEY: &str =
    "with another key than the CA of that name has in the certificate files or in trusted-ca";

/// The intermediate above the last certificate is in trusted-ca, and an engine does not send it from there.
pub(crate) fn not_sent(at: &At<'_>, last: &Certificate, engine: Engine) -> Finding {
    let (name, issuer) = (last.subject().to_string(), last.issuer().to_string());
    let unless = match engine {
        Engine::Openssl => " where the certificate files hold more than the own certificate",
        Engine::Jsse | Engine::Schannel | Engine::Trustpack => "",
    };
    let message = format!(
        "the chain is incomplete: {name:?} was issued by {issuer:?}, which is in trusted-ca and not in the certificate files, and {engine} sends nothing from there{unless}"
    );
    at.finding(&KIND, message).with_remedy(TO_THE_FILES)
}

/// As many certificates as a chain may have are there, and none of them is a root.
pub(crate) fn too_long(at: &At<'_>, last: &Certificate) -> Finding {
    let message = format!(
        "the chain is too long: its certificate {MAX_CHAIN}, {:?}, is no root; at most {MAX_CHAIN} are allowed, own certificate and root included",
        last.subject().to_string()
    );
    at.finding(&KIND, message)
        .with_remedy("take a certificate that was issued by an authority nearer to the root")
}
