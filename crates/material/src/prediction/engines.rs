//! Where programs that do their TLS themselves judge a certificate otherwise than we do, as far as that is known.
//!
//! Invariant: what they may take and we do not is said to be unknown, never to work.

use trustpack_judge::host::BorneNames;
use trustpack_judge::reason::{Reason, Step};
use trustpack_judge::verdict::Accepted;
use trustpack_settings::endpoint::{Engine, Role};
use trustpack_x509::certificate::Certificate;
use trustpack_x509::extension::Purpose;
use trustpack_x509::general_name::GeneralName;

use super::{End, Failing, Fault, Stage};

/// What the engine of a judging end has against a path that we take.
///
/// Source: OpenSSL, `X509_check_purpose(3)`: anyExtendedKeyUsage is none of the purposes of TLS.
pub(super) fn stricter(judging: End<'_>, accepted: &Accepted) -> Option<Failing> {
    match judging.endpoint.engine() {
        Engine::Openssl => {}
        Engine::Trustpack | Engine::Schannel | Engine::Jsse => return None,
    }
    let (purpose, of, fault) = match judging.endpoint.role() {
        Role::Server => (Purpose::ClientAuth, "client", Fault::Client),
        Role::Client => (Purpose::ServerAuth, "server", Fault::Server),
    };
    let refused = |one: &&Certificate| {
        let purposes = one.extensions().extended_key_usage.as_ref();
        purposes.is_some_and(|all| !all.contains(&purpose))
    };
    let refused = accepted.path().iter().find(refused)?;
    Some(Failing {
        stage: Stage::Judgement(Step::Path),
        fault,
        why: format!(
            "the certificate {:?} has an extendedKeyUsage without the one of a TLS {of}; openssl does not take anyExtendedKeyUsage for it",
            refused.subject().to_string()
        ),
        later: Vec::new(),
        reason: None,
    })
}

/// Why it is not known whether a judging end refuses what we refuse: nothing else is wrong, and programs differ in it.
pub(super) fn may_take(client: End<'_>, server: End<'_>, failing: &Failing) -> Option<String> {
    let judging = match failing.fault {
        Fault::Server => client,
        Fault::Client => server,
        Fault::Both => return None,
    };
    let reason = failing.reason.as_deref()?;
    let differs = if let Reason::NameMismatch(mismatch) = reason {
        mismatch.wildcard.is_some() || has_no_dns_name(&mismatch.found)
    } else {
        matches!(reason, Reason::Usage { .. })
    };
    match judging.endpoint.engine() {
        Engine::Openssl | Engine::Schannel | Engine::Jsse => {}
        Engine::Trustpack => return None,
    }
    (differs && failing.later.is_empty()).then(|| {
        format!(
            "{}; so judge trustpack and the systems taken over; whether the program of the {}, which does its own TLS, takes it is not known",
            failing.why,
            judging.endpoint.role()
        )
    })
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
