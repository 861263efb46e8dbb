//! Effective settings as a list, for who shows them all.
//!
//! Invariant: every field of [`EffectiveSettings`] is in the list, in the order of the options table.

use super::{EffectiveSettings, Setting, ShownSetting, Versions};
use crate::options::OptionId;
use crate::value::{ProtocolVersion, Shown};

impl EffectiveSettings {
    /// The versions that are spoken under `sec-protocol` and `sec-protocol-max`.
    #[must_use]
    pub fn versions(&self) -> Versions {
        Versions {
            lowest: self.sec_protocol.value.floor(),
            highest: self
                .sec_protocol_max
                .value
                .unwrap_or(ProtocolVersion::Tls13),
        }
    }

    /// Every setting as listings show it, in the order of the options table.
    #[must_use]
    pub fn shown(&self) -> Vec<ShownSetting<'_>> {
        fn row<T: Shown>(option: OptionId, setting: &Setting<T>) -> ShownSetting<'_> {
            let Setting {
                value,
                origin,
                hidden,
            } = setting;
            ShownSetting {
                option,
                value: value.shown(),
                origin,
                hidden,
            }
        }
        vec![
            row(OptionId::TlsMutual, &self.tls_mutual),
            row(OptionId::Certificate, &self.certificate),
            row(OptionId::CertificateKey, &self.certificate_key),
            row(OptionId::TrustedCa, &self.trusted_ca),
            row(OptionId::Provider, &self.provider),
            row(OptionId::KeystorePassword, &self.keystore_password),
            row(OptionId::Fips140Enabled, &self.fips140_enabled),
            row(OptionId::TlsTargetNameCheck, &self.name_check),
            row(OptionId::ClientAuth, &self.client_auth),
            row(OptionId::SecProtocol, &self.sec_protocol),
            row(OptionId::SecProtocolMax, &self.sec_protocol_max),
            row(OptionId::CipherList, &self.cipher_list),
            row(OptionId::SendRoot, &self.send_root),
        ]
    }
}
