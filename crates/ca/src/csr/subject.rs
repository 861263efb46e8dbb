//! The subject of a request, rebuilt from its checked attributes.

use const_oid::ObjectIdentifier;
use trustpack_x509::dns::DnsName;
use trustpack_x509::email::EmailAddress;
use trustpack_x509::name::build::{InvalidAttribute, NameBuilder};
use trustpack_x509::name::{Name, short_name};

use super::left_out::LeftOut;
use super::{CsrError, MAX_SHOWN};
use crate::request::HostRequest;

/// The attributes that are taken.
#[derive(Clone, Debug, Default)]
pub(super) struct CsrSubject {
    /// All but the common name and the mail address.
    pub(super) attributes: NameBuilder,
    pub(super) common_name: Option<String>,
    pub(super) email: Option<EmailAddress>,
}

type Set = fn(NameBuilder, &str) -> Result<NameBuilder, InvalidAttribute>;

/// The attributes of X.520 that subjects here have, beside the common name.
const ATTRIBUTES: [(ObjectIdentifier, Set); 5] = [
    (
        ObjectIdentifier::new_unwrap("2.5.4.6"),
        NameBuilder::country,
    ),
    (ObjectIdentifier::new_unwrap("2.5.4.8"), NameBuilder::state),
    (
        ObjectIdentifier::new_unwrap("2.5.4.7"),
        NameBuilder::locality,
    ),
    (
        ObjectIdentifier::new_unwrap("2.5.4.10"),
        NameBuilder::organization,
    ),
    (
        ObjectIdentifier::new_unwrap("2.5.4.11"),
        NameBuilder::organizational_unit,
    ),
];
const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
const EMAIL: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.1");

impl CsrSubject {
    /// Takes each known attribute once; the rest goes to `left_out`.
    pub(super) fn read(name: &Name, left_out: &mut Vec<LeftOut>) -> Result<Self, CsrError> {
        let mut subject = Self::default();
        let mut taken: Vec<ObjectIdentifier> = Vec::new();
        let all = name.rdns().iter().flat_map(|rdn| rdn.iter());
        for attribute in all {
            let set = ATTRIBUTES.iter().find(|(oid, _)| *oid == attribute.oid);
            let known = set.is_some() || [COMMON_NAME, EMAIL].contains(&attribute.oid);
            if !known || !attribute.is_text || taken.contains(&attribute.oid) {
                let value: String = attribute.value.chars().take(MAX_SHOWN).collect();
                let found = format!("{}={value}", short_name(&attribute.oid));
                left_out.push(LeftOut::SubjectAttribute { found });
                continue;
            }
            taken.push(attribute.oid);
            let value = &attribute.value;
            match set {
                Some((_, set)) => subject.attributes = set(subject.attributes, value)?,
                None if attribute.oid == COMMON_NAME => {
                    NameBuilder::default().common_name(value)?;
                    subject.common_name = Some(value.clone());
                }
                None => {
                    let found = value.chars().take(MAX_SHOWN).collect();
                    let address = value.parse().map_err(|_| CsrError::Mail { found })?;
                    subject.email = Some(address);
                }
            }
        }
        Ok(subject)
    }

    /// The common name, if it is that of a host.
    pub(super) fn host(&self) -> Option<DnsName> {
        // A word without a dot is a name for people: "kiosk".
        self.any_host().filter(|name| name.as_str().contains('.'))
    }

    /// The same, also if it is a single label: for a request without any other name.
    pub(super) fn any_host(&self) -> Option<DnsName> {
        self.common_name.as_deref()?.parse().ok()
    }

    /// Gives the common name and the mail address to a request that has the other attributes.
    pub(super) fn complete(&self, request: HostRequest) -> Result<HostRequest, InvalidAttribute> {
        let mut request = request;
        if let Some(common_name) = &self.common_name {
            request = request.with_common_name(common_name)?;
        }
        if let Some(email) = &self.email {
            request = request.with_email(email.clone());
        }
        Ok(request)
    }
}
