//! Extensions of a certificate, from their DER.
//!
//! One that restricts what the certificate is good for and is malformed is an error; one that only informs is
//! kept with what is wrong with it, and an unknown one by its name.

use const_oid::ObjectIdentifier;
use const_oid::db::rfc5280;
use der::asn1::{AnyRef, BitStringRef, OctetStringRef};
use der::{Decode, Sequence};

use super::{
    AuthorityKeyId, BasicConstraints, Extensions, InvalidExtension, KeyUsage, KeyUse,
    MAX_EXTENSIONS, NameConstraints, PolicyConstraints, Purpose, RawExtension, UnknownExtension,
    UnreadableExtension, access, distribution_point, extension_name, policies,
};
use crate::general_name::{self, GeneralName};
use crate::serial::Serial;

/// Source: Netscape, "Certificate Extensions": netscape-cert-type.
const NETSCAPE_CERT_TYPE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.113730.1.1");

impl Extensions {
    pub(crate) fn read(raw: &[RawExtension<'_>]) -> Result<Self, InvalidExtension> {
        let (extensions, malformed) = Self::read_all(raw)?;
        malformed.into_iter().next().map_or(Ok(extensions), Err)
    }

    /// All that can be read, and what makes them of no use: what is malformed of what restricts the use of a
    /// certificate, and what stands there twice. Both are among the [`unreadable`](Self::unreadable) then.
    pub(crate) fn read_all(
        raw: &[RawExtension<'_>],
    ) -> Result<(Self, Vec<InvalidExtension>), InvalidExtension> {
        let mut extensions = Self::default();
        let mut malformed = Vec::new();
        if raw.len() > MAX_EXTENSIONS {
            return Err(InvalidExtension::TooMany);
        }
        for one in raw {
            let name = || extension_name(&one.oid);
            if extensions.all.iter().any(|(oid, _)| *oid == one.oid) {
                extensions.keep_unreadable(one, "it stands there twice".to_owned());
                malformed.push(InvalidExtension::Duplicate { name: name() });
                continue;
            }
            extensions.all.push((one.oid, one.critical));
            if let Err(error) = extensions.read_one(one) {
                extensions.keep_unreadable(one, error.to_string());
                malformed.push(InvalidExtension::Malformed {
                    name: name(),
                    detail: error.to_string(),
                });
            }
        }
        Ok((extensions, malformed))
    }

    /// What restricts the use of a certificate. Malformed means that the certificate is.
    fn read_one(&mut self, raw: &RawExtension<'_>) -> der::Result<()> {
        let value = raw.value.as_bytes();
        match raw.oid {
            rfc5280::ID_CE_BASIC_CONSTRAINTS => {
                self.basic_constraints = Some(BasicConstraints::from_der(value)?);
            }
            rfc5280::ID_CE_KEY_USAGE => self.key_usage = Some(read_key_usage(value)?),
            rfc5280::ID_CE_EXT_KEY_USAGE => {
                let oids = Vec::<ObjectIdentifier>::from_der(value)?;
                self.extended_key_usage = Some(oids.into_iter().map(Purpose::from_oid).collect());
            }
            rfc5280::ID_CE_SUBJECT_ALT_NAME => {
                self.subject_alt_names = Some(general_name::read_general_names(value)?);
            }
            rfc5280::ID_CE_NAME_CONSTRAINTS => {
                self.name_constraints = Some(read_name_constraints(value)?);
            }
            rfc5280::ID_CE_POLICY_CONSTRAINTS => {
                self.policy_constraints = Some(PolicyConstraints::from_der(value)?);
            }
            rfc5280::ID_CE_SUBJECT_KEY_IDENTIFIER => {
                self.subject_key_id = Some(<&OctetStringRef>::from_der(value)?.as_bytes().into());
            }
            rfc5280::ID_CE_AUTHORITY_KEY_IDENTIFIER => {
                self.authority_key_id = Some(read_authority_key_id(value)?);
            }
            _ => self.read_informing(raw),
        }
        Ok(())
    }

    /// What restricts nothing here. Source: RFC 5280 section 4.2 for those that must be recognised,
    /// 6.1.1 (c) for any-policy.
    ///
    /// - Policies, their mappings and the ban on any-policy matter only where an explicit policy is
    ///   demanded, which policyConstraints does.
    /// - Distribution points say where a revocation list is, and issuerAltName how else the issuer is
    ///   called: they say nothing about what the certificate is good for.
    fn read_informing(&mut self, raw: &RawExtension<'_>) {
        let value = raw.value.as_bytes();
        let result = match raw.oid {
            rfc5280::ID_CE_CERTIFICATE_POLICIES => {
                keep(&mut self.certificate_policies, policies::read(value))
            }
            rfc5280::ID_CE_POLICY_MAPPINGS => keep(&mut self.policy_mappings, Vec::from_der(value)),
            rfc5280::ID_CE_INHIBIT_ANY_POLICY => {
                keep(&mut self.inhibit_any_policy, u32::from_der(value))
            }
            rfc5280::ID_CE_CRL_DISTRIBUTION_POINTS => keep(
                &mut self.crl_distribution_points,
                distribution_point::read(value),
            ),
            rfc5280::ID_CE_ISSUER_ALT_NAME => keep(
                &mut self.issuer_alt_names,
                general_name::read_general_names(value),
            ),
            rfc5280::ID_CE_FRESHEST_CRL => {
                self.refuse_if_critical(raw);
                keep(&mut self.freshest_crl, distribution_point::read(value))
            }
            rfc5280::ID_PE_AUTHORITY_INFO_ACCESS => {
                self.refuse_if_critical(raw);
                keep(&mut self.authority_info_access, access::read(value))
            }
            rfc5280::ID_PE_SUBJECT_INFO_ACCESS => {
                self.refuse_if_critical(raw);
                keep(&mut self.subject_info_access, access::read(value))
            }
            oid => {
                self.refuse_if_critical(raw);
                self.unknown.push(UnknownExtension {
                    oid,
                    critical: raw.critical,
                    value: value.into(),
                });
                Ok(())
            }
        };
        if let Err(error) = result {
            self.keep_unreadable(raw, error.to_string());
        }
    }

    fn keep_unreadable(&mut self, raw: &RawExtension<'_>, detail: String) {
        self.refuse_if_critical(raw);
        self.unreadable.push(UnreadableExtension {
            oid: raw.oid,
            critical: raw.critical,
            value: raw.value.as_bytes().into(),
            detail,
        });
    }

    /// RFC 5280 sections 4.2.1.15, 4.2.2.1 and 4.2.2.2: must not be critical; as everywhere, so that
    /// what we take is taken by others too.
    fn refuse_if_critical(&mut self, raw: &RawExtension<'_>) {
        if raw.critical && !self.unknown_critical.contains(&raw.oid) {
            self.unknown_critical.push(raw.oid);
        }
    }
}

impl Extensions {
    /// Whether Netscape's certificate type, the forerunner of extendedKeyUsage, leaves out this use in TLS. The judge does not
    /// look at it; some programs do, and to them one that cannot be read leaves out every use.
    #[must_use]
    pub fn netscape_leaves_out(&self, purpose: &Purpose) -> bool {
        let bit = match purpose {
            Purpose::ClientAuth => 0,
            Purpose::ServerAuth => 1,
            Purpose::EmailProtection | Purpose::OcspSigning | Purpose::Any | Purpose::Other(_) => {
                return false;
            }
        };
        let mut unknown = self.unknown.iter();
        unknown
            .find(|one| one.oid == NETSCAPE_CERT_TYPE)
            .is_some_and(|one| {
                let types = BitStringRef::from_der(&one.value);
                let uses = types.ok().and_then(|types| types.bits().nth(bit));
                !uses.unwrap_or_default()
            })
    }
}

fn keep<T>(place: &mut Option<T>, read: der::Result<T>) -> der::Result<()> {
    *place = Some(read?);
    Ok(())
}

pub(super) fn read_key_usage(value: &[u8]) -> der::Result<KeyUsage> {
    let bits = BitStringRef::from_der(value)?;
    let uses = KeyUse::ALL
        .into_iter()
        .zip(bits.bits())
        .filter(|(_, set)| *set);
    Ok(uses.map(|(key_use, _)| key_use).collect())
}

#[derive(Sequence)]
struct AuthorityKeyIdFields<'a> {
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", optional = "true")]
    key_id: Option<&'a OctetStringRef>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true")]
    issuer: Option<Vec<AnyRef<'a>>>,
    #[asn1(context_specific = "2", tag_mode = "IMPLICIT", optional = "true")]
    serial: Option<der::asn1::IntRef<'a>>,
}

fn read_authority_key_id(value: &[u8]) -> der::Result<AuthorityKeyId> {
    let fields = AuthorityKeyIdFields::from_der(value)?;
    let issuer = fields.issuer.map(|names| {
        let names = names.into_iter().map(general_name::read_general_name);
        names.collect::<der::Result<Vec<_>>>()
    });
    Ok(AuthorityKeyId {
        key_id: fields.key_id.map(|octets| octets.as_bytes().into()),
        issuer: issuer.transpose()?,
        serial: fields
            .serial
            .map(|serial| Serial::from_der_contents(serial.as_bytes())),
    })
}

#[derive(Sequence)]
struct NameConstraintsFields<'a> {
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", optional = "true")]
    permitted: Option<Vec<Subtree<'a>>>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true")]
    excluded: Option<Vec<Subtree<'a>>>,
}

/// RFC 5280 section 4.2.1.10: minimum is zero and maximum absent, so they are not read.
#[derive(Sequence)]
struct Subtree<'a> {
    base: AnyRef<'a>,
}

fn read_name_constraints(value: &[u8]) -> der::Result<NameConstraints> {
    let fields = NameConstraintsFields::from_der(value)?;
    let names = |subtrees: Option<Vec<Subtree<'_>>>| -> der::Result<Vec<GeneralName>> {
        let subtrees = subtrees.unwrap_or_default();
        subtrees
            .into_iter()
            .map(|s| general_name::read_general_name(s.base))
            .collect()
    };
    let constraints = NameConstraints {
        permitted: names(fields.permitted)?,
        excluded: names(fields.excluded)?,
    };
    // RFC 5280 section 4.2.1.10: an empty sequence must not be issued; it would promise a limit.
    if constraints == NameConstraints::default() {
        return Err(der::Tag::Sequence.length_error().into());
    }
    Ok(constraints)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_type_of_netscape_leaves_out_what_it_does_not_name() {
        let leaves_out = |value: &[u8]| {
            let unknown = vec![UnknownExtension {
                oid: NETSCAPE_CERT_TYPE,
                critical: false,
                value: value.into(),
            }];
            let extensions = Extensions {
                unknown,
                ..Extensions::default()
            };
            [Purpose::ClientAuth, Purpose::ServerAuth, Purpose::Any]
                .map(|purpose| extensions.netscape_leaves_out(&purpose))
        };
        assert_eq!(leaves_out(&[3, 2, 7, 0x80]), [false, true, false]);
        assert_eq!(leaves_out(&[3, 2, 6, 0x40]), [true, false, false]);
        assert_eq!(leaves_out(&[3, 2, 6, 0xc0]), [false, false, false]);
        assert_eq!(leaves_out(&[3, 1, 0]), [true, true, false]);
        assert_eq!(leaves_out(&[]), [true, true, false]);
        let none = Extensions::default();
        assert!(!none.netscape_leaves_out(&Purpose::ServerAuth));
    }

    #[test]
    fn empty_name_constraints_are_refused() {
        assert!(read_name_constraints(&[0x30, 0]).is_err());
    }
}
