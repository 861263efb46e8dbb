//! The request for a new authority: how it is put together, and what it says.
//!
//! Not what the authority's certificate will hold beyond it: that is the profile's. Invariant: as of
//! every request, each of its values is a checked one.

use trustpack_keystore::private_key::spec::{KeySpec, RsaBits};
use trustpack_x509::algorithm::Digest;
use trustpack_x509::email::EmailAddress;
use trustpack_x509::extension::{NameConstraints, Purpose};
use trustpack_x509::general_name::GeneralName;
use trustpack_x509::name::build::{InvalidAttribute, NameBuilder};
use trustpack_x509::name::{InvalidName, Name};

use super::{CaRequest, SubjectAttributes};
use crate::crl_url::CrlUrl;
use crate::lifetime::Lifetime;
use crate::subtree::{Subtree, constraints};

impl CaRequest {
    /// A request for an authority of this common name: RSA with 2048 bits, ten years.
    ///
    /// # Errors
    ///
    /// [`InvalidAttribute`] when the common name cannot stand in a name.
    pub fn new(common_name: &str) -> Result<Self, InvalidAttribute> {
        Ok(Self {
            subject: SubjectAttributes {
                names: NameBuilder::default().common_name(common_name)?,
                email: None,
            },
            key: KeySpec::Rsa(RsaBits::B2048),
            lifetime: Lifetime::CA,
            path_length: None,
            digest: None,
            purposes: Vec::new(),
            name_constraints: None,
            crl_urls: Vec::new(),
        })
    }

    /// Sets the subject's other attributes and its common name.
    ///
    /// # Errors
    ///
    /// [`InvalidAttribute`] when the common name cannot stand in a name.
    pub fn with_subject(
        mut self,
        subject: NameBuilder,
        common_name: &str,
    ) -> Result<Self, InvalidAttribute> {
        self.subject.names = subject.common_name(common_name)?;
        Ok(self)
    }

    /// Sets the mail address, for the subject and the alternative names.
    #[must_use]
    pub fn with_email(mut self, email: EmailAddress) -> Self {
        self.subject.email = Some(email);
        self
    }

    /// Sets which key to make.
    #[must_use]
    pub fn with_key(mut self, key: KeySpec) -> Self {
        self.key = key;
        self
    }

    /// Sets the lifetime.
    #[must_use]
    pub fn with_lifetime(mut self, lifetime: Lifetime) -> Self {
        self.lifetime = lifetime;
        self
    }

    /// Sets how many authorities may follow below.
    #[must_use]
    pub fn with_path_length(mut self, path_length: u8) -> Self {
        self.path_length = Some(path_length);
        self
    }

    /// Sets the digest of the signature; that of the key is taken otherwise.
    #[must_use]
    pub fn with_digest(mut self, digest: Digest) -> Self {
        self.digest = Some(digest);
        self
    }

    /// Limits it, and what it issues, to these purposes.
    #[must_use]
    pub fn with_purposes(mut self, purposes: impl IntoIterator<Item = Purpose>) -> Self {
        self.purposes.extend(purposes);
        self
    }

    /// Limits the names that it may certify; with nothing permitted and nothing excluded, they are
    /// not limited.
    #[must_use]
    pub fn with_names(mut self, permitted: &[Subtree], excluded: &[Subtree]) -> Self {
        self.name_constraints = constraints(permitted, excluded);
        self
    }

    /// Sets where its revocation lists will be: what it issues says so. Its own certificate does not:
    /// nobody but itself could revoke it.
    #[must_use]
    pub fn with_crl_urls(mut self, urls: impl IntoIterator<Item = CrlUrl>) -> Self {
        self.crl_urls.extend(urls);
        self
    }

    /// Which key to make.
    #[must_use]
    pub fn key(&self) -> KeySpec {
        self.key
    }

    /// How long the certificate shall be valid.
    #[must_use]
    pub fn lifetime(&self) -> Lifetime {
        self.lifetime
    }

    /// How many authorities may follow below; any number if it is not said.
    #[must_use]
    pub fn path_length(&self) -> Option<u8> {
        self.path_length
    }

    /// The digest that was asked for.
    #[must_use]
    pub fn digest(&self) -> Option<Digest> {
        self.digest
    }

    /// The digest over which a key of its kind signs: that which was asked for, else that of the kind.
    #[must_use]
    pub fn own_digest(&self) -> Digest {
        let usual = self.key.algorithm().usual_digest();
        self.digest.unwrap_or(usual)
    }

    /// The purposes that it is limited to; any if there are none.
    #[must_use]
    pub fn purposes(&self) -> &[Purpose] {
        &self.purposes
    }

    /// The names that it is limited to.
    #[must_use]
    pub fn name_constraints(&self) -> Option<&NameConstraints> {
        self.name_constraints.as_ref()
    }

    /// Where its revocation lists will be.
    #[must_use]
    pub fn crl_urls(&self) -> &[CrlUrl] {
        &self.crl_urls
    }

    /// The subject that the certificate will have.
    ///
    /// # Errors
    ///
    /// [`InvalidName`] when it cannot be encoded, which no checked attribute causes.
    pub fn subject(&self) -> Result<Name, InvalidName> {
        self.subject.build()
    }

    /// The mail address as alternative name, if there is one.
    #[must_use]
    pub fn subject_alt_names(&self) -> Vec<GeneralName> {
        self.subject.email.iter().map(GeneralName::from).collect()
    }
}
