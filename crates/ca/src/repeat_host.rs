//! A request that asks for what a host certificate has, for its renewal.
//!
//! Names are read into checked types again, as those of any request; the subject alone is kept octet
//! for octet, since programs compare it. Invariant: a request that comes out asks for every name that
//! the certificate before had.

use std::time::Duration;

use trustpack_x509::certificate::Certificate;
use trustpack_x509::extension::Extensions;
use trustpack_x509::general_name::GeneralName;

use crate::host::{Domain, HostName};
use crate::lifetime::Lifetime;
use crate::profile::{HostProfile, Profiles};
use crate::request::HostRequest;

/// A certificate cannot be asked for again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RepeatError {
    /// It is that of an authority.
    #[error("the certificate of {subject} is that of a CA")]
    Authority {
        /// Its subject.
        subject: String,
    },
    /// None of its names is that of a host.
    #[error("the certificate of {subject} names no host")]
    NoHost {
        /// Its subject.
        subject: String,
    },
    /// A name that no certificate here bears.
    #[error(
        "the certificate has the name {name}, and certificates with such names are not issued here"
    )]
    Name {
        /// The name.
        name: String,
    },
    /// No profile for hosts has its usages.
    #[error("the certificate has usages that no profile for hosts can have: {found}")]
    Usages {
        /// Its purposes.
        found: String,
    },
}

/// Length of a day.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

impl HostName {
    /// The host that a certificate is for: its first alternative name that is one, else its common name.
    #[must_use]
    pub fn of_certificate(certificate: &Certificate) -> Option<Self> {
        let names = certificate.extensions().subject_alt_names.as_deref();
        let first = names
            .unwrap_or_default()
            .iter()
            .find_map(|name| match name {
                GeneralName::Dns(name) => name.parse().ok(),
                GeneralName::Email(_)
                | GeneralName::Ip(_)
                | GeneralName::IpOctets(_)
                | GeneralName::Uri(_)
                | GeneralName::Directory(_)
                | GeneralName::Other { .. } => None,
            });
        first.or_else(|| certificate.subject().common_name()?.parse().ok())
    }
}

impl HostRequest {
    /// Asks for what `before` has: subject, names, profile and lifetime in whole days.
    ///
    /// The profile is the one of `profiles` with the same usages, else one that repeats them. Where
    /// the certificate ended with its authority, and so was cut, the lifetime is the profile's.
    ///
    /// # Errors
    ///
    /// [`RepeatError`] when a host certificate of ours could not be like it.
    pub fn repeating(
        before: &Certificate,
        authority: &Certificate,
        profiles: &Profiles,
    ) -> Result<Self, RepeatError> {
        let subject = || before.subject().to_string();
        let extensions = before.extensions();
        if extensions.basic_constraints.is_some_and(|found| found.ca) {
            return Err(RepeatError::Authority { subject: subject() });
        }
        let host = HostName::of_certificate(before)
            .ok_or_else(|| RepeatError::NoHost { subject: subject() })?;
        let profile = profile(before, profiles)?;
        let mut request = Self::new(host).with_kept_subject(before.subject().clone());
        if let Some(lifetime) = lifetime(before, authority) {
            let allowed = profile.max_lifetime().unwrap_or(lifetime);
            request = request.with_lifetime(lifetime.min(allowed));
        }
        request = request.with_profile(profile);
        for name in names(extensions) {
            request = with_name(request, name)?;
        }
        Ok(request)
    }
}

fn names(extensions: &Extensions) -> &[GeneralName] {
    extensions.subject_alt_names.as_deref().unwrap_or_default()
}

fn with_name(request: HostRequest, name: &GeneralName) -> Result<HostRequest, RepeatError> {
    let refused = || RepeatError::Name {
        name: name.to_string(),
    };
    Ok(match name {
        GeneralName::Dns(text) => {
            let domain: Domain = text.parse().map_err(|_| refused())?;
            request.with_domains([domain])
        }
        GeneralName::Email(text) => {
            request.with_mail_names([text.parse().map_err(|_| refused())?])
        }
        GeneralName::Ip(address) => request.with_addresses([*address]),
        GeneralName::IpOctets(_)
        | GeneralName::Uri(_)
        | GeneralName::Directory(_)
        | GeneralName::Other { .. } => return Err(refused()),
    })
}

fn profile(before: &Certificate, profiles: &Profiles) -> Result<HostProfile, RepeatError> {
    let extensions = before.extensions();
    let purposes = extensions.extended_key_usage.as_deref().unwrap_or_default();
    let usage = extensions.key_usage.unwrap_or_default();
    let key = before.public_key().algorithm();
    // A certificate that restricts nothing, as old authorities made them, was for servers.
    if purposes.is_empty() {
        return Ok(HostProfile::server());
    }
    profiles
        .of_certificate(purposes, usage, key)
        .or_else(|| HostProfile::repeating(purposes, usage))
        .ok_or_else(|| RepeatError::Usages {
            found: purposes
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(", "),
        })
}

/// The whole days that the certificate had; none if it was cut to its authority.
fn lifetime(before: &Certificate, authority: &Certificate) -> Option<Lifetime> {
    let validity = before.validity();
    if validity.not_after == authority.validity().not_after {
        return None;
    }
    let whole = validity.not_after.since(validity.not_before);
    let days = whole.as_secs() / DAY.as_secs();
    Lifetime::from_days(days.max(1)).ok()
}

#[cfg(test)]
mod tests {
    use trustpack_keystore::private_key::PrivateKey;
    use trustpack_keystore::private_key::spec::KeySpec;
    use trustpack_x509::serial::Serial;
    use trustpack_x509::time::Timestamp;

    use super::*;
    use crate::authority::Authority;
    use crate::issue::{create_authority, prepare};
    use crate::request::CaRequest;

    fn now() -> Timestamp {
        "2026-11-21T08:00:00Z".parse().unwrap()
    }

    fn authority() -> Authority {
        let key = PrivateKey::generate(KeySpec::EcP256).unwrap();
        let request = CaRequest::new("CA").unwrap();
        let serial = Serial::from_random([1; 16]);
        create_authority(&request, key, serial, now())
            .unwrap()
            .authority
    }

    fn issued(request: &HostRequest, authority: &Authority) -> Certificate {
        let key = PrivateKey::generate(KeySpec::EcP256).unwrap();
        let serial = Serial::from_random([2; 16]);
        let prepared = prepare(request, key.public_key(), authority, serial, now()).unwrap();
        prepared.sign().unwrap().certificate
    }

    #[test]
    fn what_is_asked_for_again_is_the_same() {
        let authority = authority();
        let profiles = Profiles::built_in();
        let client = profiles.get(&"client".parse().unwrap()).unwrap().clone();
        let request = HostRequest::new("Stat1.example.com".parse().unwrap())
            .with_profile(client.with_email_protection())
            .with_email("ops@example.com".parse().unwrap())
            .with_domains(["b.example.com", "*.example.com"].map(|name| name.parse().unwrap()))
            .with_addresses(["::1".parse().unwrap()])
            .with_lifetime(Lifetime::from_days(30).unwrap());
        let before = issued(&request, &authority);
        let again = HostRequest::repeating(&before, authority.certificate(), &profiles).unwrap();
        assert_eq!(again.lifetime().days(), 30);
        let after = issued(&again, &authority);
        assert_eq!(after.subject().der(), before.subject().der());
        let [old, new] = [&before, &after].map(Certificate::extensions);
        let sorted = |extensions: &Extensions| {
            let mut names = names(extensions).to_vec();
            names.sort();
            names
        };
        assert_eq!(sorted(new), sorted(old));
        assert_eq!(new.extended_key_usage, old.extended_key_usage);
        assert_eq!(new.key_usage, old.key_usage);
    }

    #[test]
    fn a_cut_certificate_gets_the_lifetime_of_its_profile() {
        let authority = authority();
        let request = HostRequest::new("a.example.com".parse().unwrap())
            .with_lifetime(Lifetime::from_days(10_000).unwrap());
        let before = issued(&request, &authority);
        let profiles = Profiles::built_in();
        let again = HostRequest::repeating(&before, authority.certificate(), &profiles).unwrap();
        assert_eq!(again.lifetime(), Lifetime::HOST);
    }

    #[test]
    fn an_authority_is_not_renewed_as_a_host() {
        let authority = authority();
        let own = authority.certificate();
        let refused = HostRequest::repeating(own, own, &Profiles::built_in());
        assert!(matches!(refused, Err(RepeatError::Authority { .. })));
    }
}
