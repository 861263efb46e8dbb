//! What somebody asks an authority for, in checked types.
//!
//! Words become these types at the edge; nothing of a foreign request is copied unread. Invariant:
//! a request alone can always be written as a name and a list of alternative names.

use std::net::IpAddr;

use trustpack_keystore::private_key::spec::KeySpec;
use trustpack_x509::algorithm::Digest;
use trustpack_x509::dns::DnsName;
use trustpack_x509::email::EmailAddress;
use trustpack_x509::extension::{NameConstraints, Purpose};
use trustpack_x509::general_name::GeneralName;
use trustpack_x509::lint::programs::Program;
use trustpack_x509::name::build::{InvalidAttribute, NameBuilder};
use trustpack_x509::name::{InvalidName, Name};

use crate::crl_url::CrlUrl;
use crate::host::{Domain, HostName};
use crate::lifetime::Lifetime;
use crate::profile::HostProfile;

mod of_authority;

/// A request for a host certificate. The key is apart: it may be made after the request.
#[derive(Clone, Debug)]
pub struct HostRequest {
    host: HostName,
    subject: SubjectAttributes,
    /// That of the certificate that is renewed; it goes before the attributes.
    kept_subject: Option<Name>,
    domains: Vec<Domain>,
    addresses: Vec<IpAddr>,
    mail_names: Vec<EmailAddress>,
    profile: HostProfile,
    lifetime: Option<Lifetime>,
    digest: Option<Digest>,
    programs: Vec<Program>,
}

/// A request for a new authority of its own.
#[derive(Clone, Debug)]
pub struct CaRequest {
    subject: SubjectAttributes,
    key: KeySpec,
    lifetime: Lifetime,
    path_length: Option<u8>,
    digest: Option<Digest>,
    purposes: Vec<Purpose>,
    name_constraints: Option<NameConstraints>,
    crl_urls: Vec<CrlUrl>,
}

/// The attributes of a subject, with its mail address, which also becomes an alternative name
/// (RFC 5280 section 4.1.2.6).
#[derive(Clone, Debug, Default)]
struct SubjectAttributes {
    names: NameBuilder,
    email: Option<EmailAddress>,
}

/// Longest common name: ub-common-name of RFC 5280 appendix A.1. It counts characters.
const MAX_COMMON_NAME: usize = 64;

impl HostRequest {
    /// A request for `host` with the profile `server` and its name as common name.
    ///
    /// A host name that is too long for a common name gives its first label.
    #[must_use]
    pub fn new(host: HostName) -> Self {
        let mut request = Self {
            subject: SubjectAttributes::default(),
            kept_subject: None,
            host,
            domains: Vec::new(),
            addresses: Vec::new(),
            mail_names: Vec::new(),
            profile: HostProfile::server(),
            lifetime: None,
            digest: None,
            programs: Vec::new(),
        };
        request = request.with_subject(NameBuilder::default());
        request
    }

    /// Sets the subject's attributes. The common name, if `subject` shall not have that of the
    /// host, is set by [`Self::with_common_name`] afterwards.
    #[must_use]
    pub fn with_subject(mut self, subject: NameBuilder) -> Self {
        let names = match subject.clone().common_name(common_name(self.host.name())) {
            Ok(names) => names,
            // A host name is never empty, too long or with control characters.
            Err(_) => subject,
        };
        self.attributes().names = names;
        self
    }

    /// Takes the host in the case in which it was typed; of another host nothing is taken.
    #[must_use]
    pub fn for_host_as_typed(mut self, host: HostName) -> Self {
        if host.name() == self.host.name() {
            self.host = host;
        }
        self
    }

    /// Sets the subject to that of a certificate that is renewed, octet for octet. Attributes that are
    /// set later replace it whole.
    #[must_use]
    pub fn with_kept_subject(mut self, subject: Name) -> Self {
        self.kept_subject = Some(subject);
        self
    }

    /// Changes attributes of the subject, and leaves the others as they are.
    ///
    /// # Errors
    ///
    /// That of `change`.
    pub fn with_attributes<E>(
        mut self,
        change: impl FnOnce(NameBuilder) -> Result<NameBuilder, E>,
    ) -> Result<Self, E> {
        let attributes = self.attributes();
        attributes.names = change(attributes.names.clone())?;
        Ok(self)
    }

    /// Sets the common name, at most 64 characters.
    ///
    /// # Errors
    ///
    /// [`InvalidAttribute`] when it cannot stand in a name.
    pub fn with_common_name(mut self, common_name: &str) -> Result<Self, InvalidAttribute> {
        let attributes = self.attributes();
        attributes.names = attributes.names.clone().common_name(common_name)?;
        Ok(self)
    }

    /// Sets the mail address, for the subject and the alternative names.
    #[must_use]
    pub fn with_email(mut self, email: EmailAddress) -> Self {
        self.attributes().email = Some(email);
        self
    }

    /// Adds mail addresses for the alternative names alone.
    #[must_use]
    pub fn with_mail_names(mut self, names: impl IntoIterator<Item = EmailAddress>) -> Self {
        self.mail_names.extend(names);
        self
    }

    /// The attributes of the subject; a kept subject gives way to them.
    fn attributes(&mut self) -> &mut SubjectAttributes {
        self.kept_subject = None;
        &mut self.subject
    }

    /// Adds further domain names.
    #[must_use]
    pub fn with_domains(mut self, domains: impl IntoIterator<Item = Domain>) -> Self {
        self.domains.extend(domains);
        self
    }

    /// Adds IP addresses.
    #[must_use]
    pub fn with_addresses(mut self, addresses: impl IntoIterator<Item = IpAddr>) -> Self {
        self.addresses.extend(addresses);
        self
    }

    /// Sets the profile.
    #[must_use]
    pub fn with_profile(mut self, profile: HostProfile) -> Self {
        self.profile = profile;
        self
    }

    /// Sets the lifetime; the profile's is taken otherwise.
    #[must_use]
    pub fn with_lifetime(mut self, lifetime: Lifetime) -> Self {
        self.lifetime = Some(lifetime);
        self
    }

    /// Sets the digest of the signature; that of the authority's key is taken otherwise.
    #[must_use]
    pub fn with_digest(mut self, digest: Digest) -> Self {
        self.digest = Some(digest);
        self
    }

    /// Sets the programs that must be able to read the certificate.
    #[must_use]
    pub fn with_programs(mut self, programs: Vec<Program>) -> Self {
        self.programs = programs;
        self
    }

    /// The programs that must be able to read it.
    #[must_use]
    pub fn programs(&self) -> &[Program] {
        &self.programs
    }

    /// The host.
    #[must_use]
    pub fn host(&self) -> &HostName {
        &self.host
    }

    /// The further domain names as they were asked for.
    #[must_use]
    pub fn domains(&self) -> &[Domain] {
        &self.domains
    }

    /// The profile.
    #[must_use]
    pub fn profile(&self) -> &HostProfile {
        &self.profile
    }

    /// How long the certificate shall be valid.
    #[must_use]
    pub fn lifetime(&self) -> Lifetime {
        self.lifetime.unwrap_or_else(|| self.profile.lifetime())
    }

    /// The digest that was asked for.
    #[must_use]
    pub fn digest(&self) -> Option<Digest> {
        self.digest
    }

    /// The subject that the certificate will have.
    ///
    /// # Errors
    ///
    /// [`InvalidName`] when it cannot be encoded, which no checked attribute causes.
    pub fn subject(&self) -> Result<Name, InvalidName> {
        match &self.kept_subject {
            Some(name) => Ok(name.clone()),
            None => self.subject.build(),
        }
    }

    /// The alternative names that the certificate will have: the host, the domains, the addresses,
    /// the mail addresses; each once.
    #[must_use]
    pub fn subject_alt_names(&self) -> Vec<GeneralName> {
        let domains = self.domains.iter().map(GeneralName::from);
        let mut names = Vec::new();
        let all = std::iter::once(GeneralName::from(self.host.name()))
            .chain(domains)
            .chain(self.addresses.iter().copied().map(GeneralName::from))
            .chain(self.subject.email.iter().map(GeneralName::from))
            .chain(self.mail_names.iter().map(GeneralName::from));
        for name in all {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }
}

impl SubjectAttributes {
    fn build(&self) -> Result<Name, InvalidName> {
        match &self.email {
            Some(email) => self.names.clone().email(email.clone()).build(),
            None => self.names.build(),
        }
    }
}

/// The common name of a host: its name, or the first label of one that is too long.
fn common_name(host: &DnsName) -> &str {
    if host.as_str().len() <= MAX_COMMON_NAME {
        host.as_str()
    } else {
        host.first_label()
    }
}

#[cfg(test)]
mod tests;
