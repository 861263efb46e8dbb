//! Effective settings out of the levels: every option once, typed, with its default.
//!
//! Invariant: the defaults of the options stand here and in the options table, and nowhere else.

use super::ladder::Ladder;
use crate::endpoint::EffectiveSettings;
use crate::fleet::{Platform, Runtime};
use crate::options::OptionId;
use crate::parse::Value;
use crate::value::{
    ClientCertificate, Fips, LowestVersion, NameCheck, Provider, SendRoot, ServerAuthentication,
};

/// What an endpoint's application runs in and on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Surroundings {
    pub(crate) runtime: Runtime,
    pub(crate) platform: Platform,
}

/// The effective settings of the endpoint with these levels.
pub(crate) fn effective(ladder: &Ladder<'_>, surroundings: Surroundings) -> EffectiveSettings {
    let provider = default_provider(surroundings);
    EffectiveSettings {
        tls_mutual: ladder.setting(OptionId::TlsMutual, ClientCertificate::NotAsked, |value| {
            switch(
                value,
                ClientCertificate::NotAsked,
                ClientCertificate::Required,
            )
        }),
        certificate: ladder.setting(OptionId::Certificate, Vec::new(), Value::paths),
        certificate_key: ladder.setting(OptionId::CertificateKey, None, |v| Some(v.path())),
        trusted_ca: ladder.setting(OptionId::TrustedCa, None, |v| Some(v.path())),
        provider: ladder.setting(OptionId::Provider, provider, |v| Some(v.provider())),
        keystore_password: ladder.setting(OptionId::KeystorePassword, None, |v| Some(v.password())),
        fips140_enabled: ladder.setting(OptionId::Fips140Enabled, Fips::Off, |value| {
            switch(value, Fips::Off, Fips::Required)
        }),
        name_check: ladder.setting(
            OptionId::TlsTargetNameCheck,
            NameCheck::Off,
            Value::name_check,
        ),
        client_auth: {
            use ServerAuthentication::{DangerNone, Required};
            ladder.setting(OptionId::ClientAuth, Required, |v| {
                switch(v, DangerNone, Required)
            })
        },
        sec_protocol: ladder.setting(OptionId::SecProtocol, LowestVersion::Unsaid, Value::lowest),
        sec_protocol_max: ladder.setting(OptionId::SecProtocolMax, None, |v| Some(v.highest())),
        cipher_list: ladder.setting(OptionId::CipherList, None, |v| Some(v.ciphers())),
        send_root: ladder.setting(OptionId::SendRoot, SendRoot::Sent, |value| {
            switch(value, SendRoot::LeftOut, SendRoot::Sent)
        }),
    }
}

/// What a value that is 0 or 1, false or true, means.
fn switch<T>(value: &Value, off: T, on: T) -> Option<T> {
    value.on().map(|is_on| if is_on { on } else { off })
}

/// The provider where none is set. A Java application has none, which turns TLS off in the systems
/// taken over; here it is an error of a secured endpoint.
fn default_provider(surroundings: Surroundings) -> Option<Provider> {
    match (surroundings.runtime, surroundings.platform) {
        (Runtime::Java, Platform::Unix | Platform::Windows) => None,
        (Runtime::Native | Runtime::Dotnet, Platform::Windows) => Some(Provider::Mscapi),
        (Runtime::Native | Runtime::Dotnet, Platform::Unix) => Some(Provider::Pem),
    }
}
