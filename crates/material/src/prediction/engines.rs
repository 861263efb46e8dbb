//! Where programs that do their TLS themselves judge a certificate otherwise than we do, as far as that is known.
//!
//! Invariant: what they may take and we do not is said to be unknown, never to work.

use trustpack_judge::host::BorneNames;
use trustpack_judge::reason::{Rank, Reason, Step};
use trustpack_settings::endpoint::{Engine, Role};
use trustpack_x509::certificate::Certificate;
use trustpack_x509::extension::{KeyUse, Purpose};
use trustpack_x509::general_name::GeneralName;

use super::{End, Failing, Fault, Stage};

/// What the engine of a judging end has against the usages of a path, leaf first, that we take.
///
/// Source: OpenSSL, `X509_check_purpose(3)`: anyExtendedKeyUsage is none of the purposes of TLS, and the type of Netscape
/// counts. OpenJDK, `sun.security.validator.EndEntityChecker`: so it does there.
pub(super) fn stricter(judging: End<'_>, path: &[Certificate]) -> Option<Failing> {
    let engine = judging.endpoint.engine();
    let takes_any = match engine {
        Engine::Openssl => false,
        Engine::Jsse => true,
        Engine::Trustpack | Engine::Schannel => return None,
    };
    let (purpose, of, fault) = match judging.endpoint.role() {
        Role::Server => (Purpose::ClientAuth, "client", Fault::Client),
        Role::Client => (Purpose::ServerAuth, "server", Fault::Server),
    };
    let has = |one: &Certificate, wanted: &Purpose| {
        let purposes = one.extensions().extended_key_usage.as_ref();
        purposes.is_none_or(|all| all.contains(wanted))
    };
    let fits = |one: &Certificate| has(one, &purpose) || (takes_any && has(one, &Purpose::Any));
    let of_netscape = |one: &&Certificate| one.extensions().netscape_leaves_out(&purpose);
    let name = |one: &Certificate| one.subject().to_string();
    let why = if let Some(one) = path.iter().find(|one| !fits(one)) {
        let any = if has(one, &Purpose::Any) {
            format!("; {engine} does not take anyExtendedKeyUsage for it")
        } else {
            String::new()
        };
        format!(
            "the certificate {:?} has an extendedKeyUsage without the one of a TLS {of}{any}",
            name(one)
        )
    } else {
        let leaf = path.first().filter(of_netscape)?;
        format!(
            "the certificate {:?} has a netscapeCertType, the forerunner of extendedKeyUsage, without that of a TLS {of}, which {engine} looks at",
            name(leaf)
        )
    };
    Some(Failing {
        stage: Stage::Judgement(Step::Path),
        fault,
        why,
        later: Vec::new(),
        reason: None,
    })
}

/// Whether it is not known if an engine refuses a leaf for this reason of ours: programs differ in it. `role` is that of the end that
/// judges.
///
/// Source: OpenSSL, `X509_check_purpose(3)`, X509_PURPOSE_SSL_SERVER and X509_PURPOSE_SSL_CLIENT: it takes a key usage with
/// which TLS once exchanged keys, and no other without digitalSignature.
pub(super) fn is_doubtful(
    engine: Engine,
    role: Role,
    reason: &Reason,
    leaf: Option<&Certificate>,
) -> bool {
    let is_openssl = match engine {
        Engine::Trustpack => return false,
        Engine::Openssl => true,
        Engine::Schannel | Engine::Jsse => false,
    };
    if let Reason::NameMismatch(mismatch) = reason {
        return mismatch.wildcard.is_some() || has_no_dns_name(&mismatch.found);
    }
    if matches!(reason, Reason::Usage { .. }) {
        let uses = match role {
            Role::Client => &[KeyUse::KeyEncipherment, KeyUse::KeyAgreement][..],
            Role::Server => &[KeyUse::KeyAgreement],
        };
        let usage = leaf.and_then(|leaf| leaf.extensions().key_usage);
        let exchanges = usage.is_some_and(|usage| uses.iter().any(|one| usage.allows(*one)));
        return exchanges || !is_openssl;
    }
    // How strong a key is to be, and which kinds are known, depends on how an engine was built and set up.
    reason.rank() == Rank::Strength
}

/// That it is not known.
pub(super) fn doubt(judging: End<'_>, why: &str) -> String {
    format!(
        "{why}; so judge trustpack and the systems taken over; whether the program of the {}, which does its own TLS, takes it is not known",
        judging.endpoint.role()
    )
}

/// Whether some programs look at the common name though there are other names.
fn has_no_dns_name(found: &BorneNames) -> bool {
    match found {
        BorneNames::SubjectAltNames(names) => {
            !names.iter().any(|name| matches!(name, GeneralName::Dns(_)))
        }
        BorneNames::CommonName(_) | BorneNames::None => false,
    }
}
