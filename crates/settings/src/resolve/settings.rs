//! Effective settings out of the levels: every option once, typed, with its default.
//!
//! Invariant: the defaults of the options stand here and in the options table, and nowhere else.

use super::ladder::Ladder;
use crate::endpoint::EffectiveSettings;
use crate::fleet::{ApplicationRole, Platform, Runtime};
use crate::options::OptionId;
use crate::parse::Value;
use crate::value::own_certificate::OwnCertificate;
use crate::value::revocation::{CrlCheck, CrlFreshness};
use crate::value::{
    ClientCertificate, Fips, LowestVersion, NameCheck, Provider, SendRoot, ServerAuthentication,
    StoreLocation,
};

/// What an endpoint's application runs in and on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Surroundings {
    pub(crate) runtime: Runtime,
    pub(crate) platform: Platform,
    pub(crate) role: ApplicationRole,
}

impl Surroundings {
    /// How a level that names no provider is read. For a Java application that is as good as any: without
    /// a provider its endpoints have an error.
    pub(crate) fn read_as(self) -> Provider {
        default_provider(self).unwrap_or_else(|| platform_provider(self.platform))
    }
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
        certificate: ladder.setting(OptionId::Certificate, OwnCertificate::None, Value::own),
        certificate_key: ladder.setting(OptionId::CertificateKey, None, |v| Some(v.path())),
        trusted_ca: ladder.setting(OptionId::TrustedCa, None, |v| Some(v.path())),
        provider: ladder.setting(OptionId::Provider, provider, |v| Some(v.provider())),
        truststore_password: ladder
            .setting(OptionId::TruststorePassword, None, |v| Some(v.password())),
        store_location: ladder.setting(
            OptionId::StoreLocation,
            default_location(surroundings.role),
            Value::store_location,
        ),
        crl: ladder.setting(OptionId::Crl, None, |v| Some(v.path())),
        crl_check: ladder.setting(OptionId::CrlCheck, CrlCheck::Chain, Value::crl_check),
        crl_freshness: ladder.setting(
            OptionId::CrlFreshness,
            CrlFreshness::Required,
            Value::freshness,
        ),
        allowed_names: ladder.setting(OptionId::AllowedNames, None, |v| Some(v.names())),
        danger_accept_weak: ladder.setting(OptionId::DangerAcceptWeak, None, |v| Some(v.day())),
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
    match surroundings.runtime {
        Runtime::Java => None,
        Runtime::Native | Runtime::Dotnet => Some(platform_provider(surroundings.platform)),
    }
}

fn platform_provider(platform: Platform) -> Provider {
    match platform {
        Platform::Windows => Provider::Mscapi,
        Platform::Unix => Provider::Pem,
    }
}

/// Which Windows store: a server's is that of the machine, a person's that of the person.
fn default_location(role: ApplicationRole) -> StoreLocation {
    match role {
        ApplicationRole::Server => StoreLocation::Machine,
        ApplicationRole::Gui => StoreLocation::User,
    }
}
