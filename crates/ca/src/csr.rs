//! What is taken of a certification request that somebody else made, and what is not.
//!
//! Nothing is copied: every value is read into a checked type, and the certificate is built from
//! those. Invariant: of a [`CheckedCsr`] the key has signed the request, and nothing that was asked
//! for has been dropped without being listed.

use std::net::IpAddr;

use trustpack_judge::signature::{SignatureError, verify};
use trustpack_x509::email::EmailAddress;
use trustpack_x509::extension::{Extensions, extension_name};
use trustpack_x509::general_name::GeneralName;
use trustpack_x509::name::build::InvalidAttribute;
use trustpack_x509::public_key::PublicKey;
use trustpack_x509::request::{CertificationRequest, attribute_name};

use crate::host::{Domain, HostName};
use crate::request::HostRequest;

pub mod authority;
pub mod left_out;
mod subject;

use left_out::LeftOut;
use subject::CsrSubject;

/// A request whose parts have been checked.
#[derive(Clone, Debug)]
pub struct CheckedCsr {
    public_key: PublicKey,
    subject: CsrSubject,
    names: Names,
    left_out: Vec<LeftOut>,
}

/// The alternative names of a request.
#[derive(Clone, Debug, Default)]
struct Names {
    domains: Vec<Domain>,
    addresses: Vec<IpAddr>,
    mail: Vec<EmailAddress>,
}

/// A certificate is not issued for a request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CsrError {
    /// Nobody has shown that he has the key.
    #[error("the signature of the request is not that of the key in it, or not one that is taken")]
    Signature(#[source] SignatureError),
    /// It asks for an authority.
    #[error("the request asks for the certificate of a CA; a host gets none")]
    AsksForAuthority,
    /// It asks for something that nobody here understands.
    #[error("the request asks for the extension {name}, which certificates of this CA do not have")]
    UnknownExtension {
        /// Its name or object identifier.
        name: String,
    },
    /// A name that no certificate may bear.
    #[error("the request asks for the name {name}, which cannot be certified{why}")]
    Name {
        /// The name.
        name: String,
        /// What is wrong with it, after a colon.
        why: String,
    },
    /// An attribute of its subject cannot be used.
    #[error("the subject of the request: {0}")]
    Attribute(InvalidAttribute),
    /// The mail address in its subject is none.
    #[error("the subject of the request has the mail address {found:?}, which is none")]
    Mail {
        /// The text.
        found: String,
    },
    /// A CA without a name for people.
    #[error("the subject of the request has no common name, which a CA needs")]
    NoCommonName,
    /// None of its names is that of a host.
    #[error("the request names no host, neither as alternative name nor as common name")]
    NoHost,
}

impl From<InvalidAttribute> for CsrError {
    fn from(error: InvalidAttribute) -> Self {
        Self::Attribute(error)
    }
}

/// What a request leads to.
#[derive(Clone, Debug)]
pub struct CsrRequest {
    /// What will be certified: names and subject of the request, the profile `server`.
    pub request: HostRequest,
    /// For this key.
    pub public_key: PublicKey,
    /// What of the request is not.
    pub left_out: Vec<LeftOut>,
}

/// Extensions of a request that the profile or the authority decides about, whatever is asked for.
const DECIDED_HERE: [&str; 4] = [
    "basicConstraints",
    "keyUsage",
    "extendedKeyUsage",
    "subjectKeyIdentifier",
];

impl CheckedCsr {
    /// Checks the parts of a request.
    ///
    /// # Errors
    ///
    /// [`CsrError`]: its signature is not of its key (RFC 2986 section 3), it asks for more than a
    /// host may have, or a name in it is none.
    pub fn new(csr: &CertificationRequest) -> Result<Self, CsrError> {
        verify(
            csr.public_key(),
            csr.signature_algorithm(),
            csr.info_der(),
            csr.signature(),
        )
        .map_err(CsrError::Signature)?;
        let mut left_out: Vec<LeftOut> = csr
            .other_attributes()
            .iter()
            .map(|oid| LeftOut::RequestAttribute {
                name: attribute_name(oid),
            })
            .collect();
        check_extensions(csr.extensions(), &mut left_out)?;
        let asked = csr.extensions().subject_alt_names.as_deref();
        let names = Names::read(asked.unwrap_or_default(), &mut left_out)?;
        let subject = CsrSubject::read(csr.subject(), &mut left_out)?;
        Ok(Self {
            public_key: csr.public_key().clone(),
            subject,
            names,
            left_out,
        })
    }

    /// The request for the host that the request names: its first alternative name that is one, else
    /// its common name. All its names are taken.
    ///
    /// # Errors
    ///
    /// [`CsrError::NoHost`]; [`CsrError::Attribute`] never, since they were checked.
    pub fn for_its_host(self) -> Result<CsrRequest, CsrError> {
        let in_subject = self.subject.host();
        let first = self.names.domains.iter().find_map(|domain| match domain {
            Domain::Host(name) => Some(name.clone()),
            Domain::Wildcard(_) => None,
        });
        let host = first.or_else(|| self.subject.any_host());
        let host = host.ok_or(CsrError::NoHost)?;
        // A parsed name reads as itself.
        let host: HostName = host.as_str().parse().map_err(|_| CsrError::NoHost)?;
        let request = HostRequest::new(host).with_subject(self.subject.attributes.clone());
        let mut request = self.subject.complete(request)?;
        request = request
            .with_domains(self.names.domains)
            .with_domains(in_subject.map(Domain::Host))
            .with_addresses(self.names.addresses)
            .with_mail_names(self.names.mail);
        Ok(CsrRequest {
            request,
            public_key: self.public_key,
            left_out: self.left_out,
        })
    }

    /// The request for a host that somebody here named: of its names only those are taken that are
    /// named here too, since whoever sent it may have written anything.
    ///
    /// # Errors
    ///
    /// [`CsrError::Attribute`] never, since they were checked.
    pub fn for_named_host(
        mut self,
        host: HostName,
        domains: &[Domain],
        addresses: &[IpAddr],
    ) -> Result<CsrRequest, CsrError> {
        let named: Vec<GeneralName> = std::iter::once(GeneralName::from(host.name()))
            .chain(domains.iter().map(GeneralName::from))
            .chain(addresses.iter().copied().map(GeneralName::from))
            .collect();
        let asked = self.names.all();
        self.left_out.extend(
            asked
                .into_iter()
                .filter(|name| !named.contains(name))
                .map(|name| LeftOut::NotNamedHere { name }),
        );
        if let Some(email) = self.subject.email.take() {
            let name = GeneralName::from(&email);
            self.left_out.push(LeftOut::NotNamedHere { name });
        }
        // Programs take a common name for the name of a host or of a client, whatever its form.
        let is_named = |name: HostName| named.contains(&GeneralName::from(name.name()));
        let stays = |found: &String| found.parse().is_ok_and(is_named);
        let common_name = self.subject.common_name.take_if(|found| !stays(found));
        self.left_out
            .extend(common_name.map(|found| LeftOut::CommonName { found }));
        let request = HostRequest::new(host).with_subject(self.subject.attributes.clone());
        Ok(CsrRequest {
            request: self.subject.complete(request)?,
            public_key: self.public_key,
            left_out: self.left_out,
        })
    }
}

impl Names {
    fn read(asked: &[GeneralName], left_out: &mut Vec<LeftOut>) -> Result<Self, CsrError> {
        let mut names = Self::default();
        for name in asked {
            let refused = |why: String| CsrError::Name {
                name: name.to_string().chars().take(MAX_SHOWN).collect(),
                why,
            };
            match name {
                GeneralName::Dns(text) => {
                    let domain = text.parse().map_err(|e| refused(format!(": {e}")))?;
                    names.domains.push(domain);
                }
                GeneralName::Email(text) => {
                    let address = text.parse().map_err(|e| refused(format!(": {e}")))?;
                    names.mail.push(address);
                }
                GeneralName::Ip(address) => names.addresses.push(*address),
                GeneralName::IpOctets(octets) => {
                    let length = octets.len();
                    return Err(refused(format!(
                        ": an address has 4 or 16 octets, not {length}"
                    )));
                }
                GeneralName::Uri(_) | GeneralName::Directory(_) | GeneralName::Other { .. } => {
                    left_out.push(LeftOut::KindOfName { name: name.clone() });
                }
            }
        }
        Ok(names)
    }

    fn all(&self) -> Vec<GeneralName> {
        let domains = self.domains.iter().map(GeneralName::from);
        let addresses = self.addresses.iter().copied().map(GeneralName::from);
        let mail = self.mail.iter().map(GeneralName::from);
        domains.chain(addresses).chain(mail).collect()
    }
}

/// Characters of a refused name that an error repeats.
const MAX_SHOWN: usize = 100;

fn check_extensions(asked: &Extensions, left_out: &mut Vec<LeftOut>) -> Result<(), CsrError> {
    if asked.basic_constraints.is_some_and(|found| found.ca) {
        return Err(CsrError::AsksForAuthority);
    }
    for (oid, _) in &asked.all {
        let name = extension_name(oid);
        if name == "subjectAltName" {
            continue;
        }
        if !DECIDED_HERE.contains(&name.as_str()) {
            return Err(CsrError::UnknownExtension { name });
        }
        left_out.push(LeftOut::Extension { name });
    }
    Ok(())
}

#[cfg(test)]
mod tests;
