//! What stands in files beside certificates: requests, revocation lists and private keys.

use crate::output::{Output, Printed};
use serde::Serialize;
use trustpack_keystore::contents::FoundKey;
use trustpack_x509::crl::RevocationList;
use trustpack_x509::crl::reason::RevocationReason;
use trustpack_x509::lint::Finding;
use trustpack_x509::request::{CertificationRequest, attribute_name};
use trustpack_x509::time::Timestamp;

use super::super::cert_findings::{self, FindingJson};
use super::certificate::{ExtensionsShown, hexadecimal};
use super::rows::Rows;

/// A certification request: who asks for what.
#[derive(Debug, Serialize)]
pub(super) struct RequestShown {
    subject: String,
    key: String,
    key_sha256: String,
    signature_algorithm: String,
    ca: bool,
    path_length: Option<u8>,
    #[serde(flatten)]
    says: ExtensionsShown,
    attributes: Vec<String>,
    findings: Vec<FindingJson>,
    #[serde(skip)]
    found: Vec<Finding>,
}

/// A revocation list without its entries.
#[derive(Debug, Serialize)]
pub(super) struct ListShown {
    issuer: String,
    number: Option<String>,
    this_update: String,
    next_update: Option<String>,
    signature_algorithm: String,
    authority_key_id: Option<String>,
    revoked: usize,
    on_hold: usize,
    findings: Vec<FindingJson>,
    #[serde(skip)]
    found: Vec<Finding>,
}

/// A private key, of which nothing secret is shown.
#[derive(Debug, Serialize)]
pub(super) struct KeyShown {
    alias: Option<String>,
    key: Option<String>,
    key_sha256: Option<String>,
    /// Why it could not be opened.
    locked: Option<String>,
    chain_length: usize,
}

impl RequestShown {
    pub(super) fn new(request: &CertificationRequest) -> Self {
        let found = cert_findings::of_request(request);
        let basic = request.extensions().basic_constraints.unwrap_or_default();
        Self {
            subject: request.subject().to_string(),
            key: request.public_key().algorithm().to_string(),
            key_sha256: request.public_key().fingerprint(),
            signature_algorithm: request.signature_algorithm().to_string(),
            ca: basic.ca,
            path_length: basic.path_length,
            says: ExtensionsShown::new(request.extensions()),
            attributes: request
                .other_attributes()
                .iter()
                .map(attribute_name)
                .collect(),
            findings: found.iter().map(FindingJson::from).collect(),
            found,
        }
    }

    pub(super) fn write(&self, out: &mut Output) -> Printed {
        let mut rows = Rows::new(out);
        rows.one("subject", &self.subject)?;
        rows.one("key", &self.key)?;
        rows.one("signature", &self.signature_algorithm)?;
        let kind = match (self.ca, self.path_length) {
            (true, Some(length)) => format!("asks to be a CA, at most {length} more below it"),
            (true, None) => "asks to be a CA".to_owned(),
            (false, _) => String::new(),
        };
        rows.one("kind", kind)?;
        self.says.write(&mut rows)?;
        rows.one("attributes", self.attributes.join(", "))?;
        rows.one("key SHA-256", &self.key_sha256)?;
        cert_findings::write(out, "  ", &self.found)
    }
}

impl ListShown {
    pub(super) fn new(list: &RevocationList, now: Timestamp) -> Self {
        let found = cert_findings::of_list(list, now);
        let entries = || list.entries().filter_map(Result::ok);
        let held = |reason| reason == Some(RevocationReason::CertificateHold);
        Self {
            issuer: list.issuer().to_string(),
            number: list.number().map(ToString::to_string),
            this_update: list.this_update().to_string(),
            next_update: list.next_update().map(|next| next.to_string()),
            signature_algorithm: list.signature_algorithm().to_string(),
            authority_key_id: list.authority_key_id().map(hexadecimal),
            revoked: entries().filter(|entry| !held(entry.reason)).count(),
            on_hold: entries().filter(|entry| held(entry.reason)).count(),
            findings: found.iter().map(FindingJson::from).collect(),
            found,
        }
    }

    pub(super) fn write(&self, out: &mut Output) -> Printed {
        let mut rows = Rows::new(out);
        rows.one("issuer", &self.issuer)?;
        rows.maybe("number", self.number.as_ref())?;
        rows.one("made", &self.this_update)?;
        rows.maybe("next", self.next_update.as_ref())?;
        rows.one("signature", &self.signature_algorithm)?;
        rows.maybe("authority key id", self.authority_key_id.as_ref())?;
        let held = match self.on_hold {
            0 => String::new(),
            count => format!(", and {count} on hold"),
        };
        let revoked = self.revoked;
        rows.one(
            "revoked",
            format!("{revoked}{held}; `trustpack crl show` lists them"),
        )?;
        cert_findings::write(out, "  ", &self.found)
    }
}

impl KeyShown {
    pub(super) fn new(found: &FoundKey) -> Self {
        let public = found.key.as_ref().ok().map(|key| key.public_key());
        Self {
            alias: found.alias.clone(),
            key: public.map(|key| key.algorithm().to_string()),
            key_sha256: public.map(|key| key.fingerprint()),
            locked: found.key.as_ref().err().map(ToString::to_string),
            chain_length: found.belonging,
        }
    }

    pub(super) fn write(&self, out: &mut Output) -> Printed {
        let mut rows = Rows::new(out);
        rows.maybe("alias", self.alias.as_ref())?;
        rows.maybe("key", self.key.as_ref())?;
        rows.maybe("key SHA-256", self.key_sha256.as_ref())?;
        rows.maybe("not opened", self.locked.as_ref())?;
        rows.one("its certificates", self.chain_length.to_string())
    }
}
