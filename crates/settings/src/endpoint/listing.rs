//! Effective settings as a list, for who shows them all.
//!
//! Invariant: every field of [`EffectiveSettings`] is in the list, in the order of the options table.

use super::{EffectiveSettings, Engine, Setting, ShownSetting, Versions};
use crate::options::OptionId;
use crate::value::{LowestVersion, ProtocolVersion, Shown};

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

    /// The versions that an engine speaks under these settings.
    ///
    /// Ours takes `sec-protocol` as the lowest version. The systems taken over know no `sec-protocol-max`, and their
    /// later releases read `TLSv12` and `TLSv13` as exactly that version, so other engines are judged so.
    #[must_use]
    pub fn versions_spoken_by(&self, engine: Engine) -> Versions {
        match engine {
            Engine::Trustpack => self.versions(),
            Engine::Openssl | Engine::Schannel | Engine::Jsse => Versions {
                lowest: self.sec_protocol.value.floor(),
                highest: match self.sec_protocol.value {
                    LowestVersion::Tls12 => ProtocolVersion::Tls12,
                    LowestVersion::Unsaid
                    | LowestVersion::Any
                    | LowestVersion::Ssl3
                    | LowestVersion::Tls10
                    | LowestVersion::Tls11
                    | LowestVersion::Tls13 => ProtocolVersion::Tls13,
                },
            },
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
            row(OptionId::TruststorePassword, &self.truststore_password),
            row(OptionId::KeystorePassword, &self.keystore_password),
            row(OptionId::StoreLocation, &self.store_location),
            row(OptionId::Fips140Enabled, &self.fips140_enabled),
            row(OptionId::Crl, &self.crl),
            row(OptionId::TlsTargetNameCheck, &self.name_check),
            row(OptionId::ClientAuth, &self.client_auth),
            row(OptionId::SecProtocol, &self.sec_protocol),
            row(OptionId::SecProtocolMax, &self.sec_protocol_max),
            row(OptionId::CipherList, &self.cipher_list),
            row(OptionId::SendRoot, &self.send_root),
            row(OptionId::CrlCheck, &self.crl_check),
            row(OptionId::CrlFreshness, &self.crl_freshness),
            row(OptionId::AllowedNames, &self.allowed_names),
            row(OptionId::DangerAcceptWeak, &self.danger_accept_weak),
        ]
    }
}
