//! The request of somebody who holds the key of an authority to be, and what is taken of it.
//!
//! Of a request only key and subject count: how far the authority may go is said by whoever certifies it.
//! Invariant: as for hosts, nothing is copied, and nothing that was asked for is dropped without being
//! listed.

use trustpack_judge::signature::verify;
use trustpack_x509::extension::{Extensions, extension_name};
use trustpack_x509::public_key::PublicKey;
use trustpack_x509::request::{CertificationRequest, attribute_name};

use super::left_out::LeftOut;
use super::subject::CsrSubject;
use super::{CsrError, DECIDED_HERE, Names};
use crate::request::CaRequest;

/// What a request leads to.
#[derive(Clone, Debug)]
pub struct CsrAuthority {
    /// The subject, rebuilt; limits and lifetime are still to be set.
    pub request: CaRequest,
    /// The key to be certified.
    pub public_key: PublicKey,
    /// What of the request is not taken.
    pub left_out: Vec<LeftOut>,
}

impl CsrAuthority {
    /// Checks the parts of a request. Whether it asks for an authority or says nothing of it is the same
    /// here: programs differ in what they put into requests.
    ///
    /// # Errors
    ///
    /// [`CsrError`]: its signature is not of its key (RFC 2986 section 3), it asks for an extension that is not
    /// known here, or its subject has no common name or one that cannot be certified.
    pub fn new(csr: &CertificationRequest) -> Result<Self, CsrError> {
        verify(
            csr.public_key(),
            csr.signature_algorithm(),
            csr.info_der(),
            csr.signature(),
        )
        .map_err(CsrError::Signature)?;
        let attributes = csr.other_attributes().iter();
        let mut left_out: Vec<LeftOut> = attributes
            .map(|oid| LeftOut::RequestAttribute {
                name: attribute_name(oid),
            })
            .collect();
        check_extensions(csr.extensions(), &mut left_out)?;
        let subject = CsrSubject::read(csr.subject(), &mut left_out)?;
        let asked = csr.extensions().subject_alt_names.as_deref();
        let names = Names::read(asked.unwrap_or_default(), &mut left_out)?;
        let mail = subject.email.as_ref();
        let others = names.all().into_iter();
        let others = others.filter(|name| mail.is_none_or(|mail| *name != mail.into()));
        left_out.extend(others.map(|name| LeftOut::KindOfName { name }));
        let common_name = subject.common_name.ok_or(CsrError::NoCommonName)?;
        let mut request =
            CaRequest::new(&common_name)?.with_subject(subject.attributes, &common_name)?;
        if let Some(email) = subject.email {
            request = request.with_email(email);
        }
        Ok(Self {
            request,
            public_key: csr.public_key().clone(),
            left_out,
        })
    }
}

fn check_extensions(asked: &Extensions, left_out: &mut Vec<LeftOut>) -> Result<(), CsrError> {
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
