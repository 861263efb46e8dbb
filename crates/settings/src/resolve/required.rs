//! What a secured endpoint must have: credentials, trusted authorities, a version to speak.
//!
//! Invariant: an endpoint that lacks what it cannot work without has an error here.

use super::ladder::Ladder;
use crate::endpoint::{EffectiveSettings, Engine, Level, Role};
use crate::finding::Finding;
use crate::findings::incomplete_credentials::Rest;
use crate::findings::{
    everyone_of_store, incomplete_credentials, mutual_unchecked, name_not_checked,
    near_option_of_ours, no_client_certificate, no_common_version, no_effect, no_provider,
    no_revocation, no_trusted_ca, nobody_asked, server_not_checked, weak_accepted,
};
use crate::level::{LevelValues, Near};
use crate::options::{self, OptionId};
use crate::parse::Value;
use crate::place::Place;
use crate::value::{ClientCertificate, NameCheck, Provider, ServerAuthentication, Shown};

/// A secured endpoint, as far as it is judged here.
pub(crate) struct Secured<'e> {
    pub(crate) place: &'e Place,
    pub(crate) role: Role,
    /// Who does TLS there.
    pub(crate) engine: Engine,
    pub(crate) ladder: &'e Ladder<'e>,
    pub(crate) settings: &'e EffectiveSettings,
    /// A client: the port, if the fleet has it, and whether it demands a certificate.
    pub(crate) port: Option<&'e Place>,
    pub(crate) client_certificate: ClientCertificate,
}

/// What was perhaps to make an endpoint that is open speak TLS, where we would carry it as it is.
pub(crate) fn perhaps_secured(engine: Engine, place: &Place, values: &LevelValues) -> Vec<Finding> {
    let switches = [OptionId::Tls, OptionId::Upgrade];
    let near = values.near.iter().filter(|near| {
        engine == Engine::Trustpack
            && switches.contains(&near.option)
            && values.set(near.option).is_none()
    });
    near.map(|near| perhaps_meant(place, near)).collect()
}

fn perhaps_meant(place: &Place, near: &Near) -> Finding {
    near_option_of_ours::found(place.clone(), &near.spot, &near.written, near.option.name())
}

impl Secured<'_> {
    /// Everything that is missing or doubtful.
    pub(crate) fn findings(&self) -> Vec<Finding> {
        let mut findings = self.of_levels();
        findings.append(&mut self.of_endpoint());
        findings
    }

    /// What is doubtful in the levels: the same for every endpoint that has the same ones, its role and its engine.
    pub(crate) fn of_levels(&self) -> Vec<Finding> {
        let mut findings = self.abilities();
        if self.engine == Engine::Trustpack {
            let near = self.ladder.near_misses();
            let near = near.filter(|(_, near)| near.option.row().works_for(self.role));
            findings.extend(near.map(|(place, near)| perhaps_meant(place, near)));
        }
        if self.role == Role::Client
            && self.settings.client_auth.value == ServerAuthentication::DangerNone
            && let Some(decided) = self.ladder.decide(OptionId::ClientAuth)
        {
            let spot = &decided.slot.spot;
            findings.push(server_not_checked::found(decided.rung.place.clone(), spot));
        }
        if let Some(provider) = self.settings.provider.value {
            self.useless_with(provider, &mut findings);
        }
        if let Some(until) = self.settings.danger_accept_weak.value
            && let Some(decided) = self.ladder.decide(OptionId::DangerAcceptWeak)
        {
            let place = decided.rung.place.clone();
            let spot = &decided.slot.value_spot;
            findings.push(weak_accepted::found(place, spot, &until.date_string()));
        }
        findings
    }

    /// What is missing or doubtful at the endpoint itself.
    pub(crate) fn of_endpoint(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        let versions = self.settings.versions_spoken_by(self.engine);
        if versions.lowest > versions.highest {
            let limit = &self.settings.sec_protocol_max.origin;
            findings.push(no_common_version::alone(
                self.place.clone(),
                versions,
                limit,
            ));
        }
        if self.role == Role::Client {
            self.server_check(&mut findings);
        }
        match self.settings.provider.value {
            None => findings.push(no_provider::found(self.place.clone(), self.block_level())),
            Some(provider) => match self.role {
                Role::Server => self.server(provider, &mut findings),
                Role::Client => self.client(provider, &mut findings),
            },
        }
        findings.extend(self.cannot_do_default());
        self.policy(&mut findings);
        findings
    }

    fn server(&self, provider: Provider, findings: &mut Vec<Finding>) {
        let mut missing = self.missing(identity(provider));
        let trusted = self.missing(trust(provider));
        match self.settings.tls_mutual.value {
            ClientCertificate::Required => {
                missing.extend(trusted);
                let anyone = self.settings.allowed_names.value.is_none();
                if provider == Provider::Mscapi && anyone {
                    findings.push(everyone_of_store::found(self.place.clone()));
                }
            }
            ClientCertificate::NotAsked => {
                if !trusted.is_empty() {
                    let level = self.block_level();
                    findings.push(no_trusted_ca::found(self.place.clone(), level));
                }
                self.limits_on_nobody(findings);
            }
        }
        self.incomplete(&missing, findings);
    }

    /// What is to limit clients that nobody asks who they are. A list of a higher level is there for others too.
    fn limits_on_nobody(&self, findings: &mut Vec<Finding>) {
        let names = self.settings.allowed_names.value.is_some() && self.engine == Engine::Trustpack;
        let lists = self.settings.crl.value.is_some() && self.takes_lists();
        let limits = [(names, OptionId::AllowedNames), (lists, OptionId::Crl)];
        for (set, option) in limits {
            if let Some(decided) = self.ladder.decide(option).filter(|_| set)
                && (option == OptionId::AllowedNames || decided.rung.level == Level::Endpoint)
            {
                let spot = &decided.slot.spot;
                findings.push(nobody_asked::found(self.place.clone(), spot, option.name()));
            }
        }
    }

    fn client(&self, provider: Provider, findings: &mut Vec<Finding>) {
        match self.settings.client_auth.value {
            ServerAuthentication::Required => {
                self.incomplete(&self.missing(trust(provider)), findings);
            }
            ServerAuthentication::DangerNone => {}
        }
        let own = identity(provider);
        match (self.client_certificate, self.port) {
            (ClientCertificate::Required, Some(_)) => {
                let missing = self.missing(own);
                if !missing.is_empty() {
                    let (place, level) = (self.place.clone(), self.block_level());
                    findings.push(no_client_certificate::found(
                        place, self.port, &missing, level,
                    ));
                }
            }
            // By hand nobody knows what the port demands; half a certificate is wrong in any case.
            (ClientCertificate::Required | ClientCertificate::NotAsked, None) => {
                let missing = self.missing(own);
                if missing.len() == 1 && own.len() == 2 {
                    self.incomplete(&missing, findings);
                }
            }
            (ClientCertificate::NotAsked, Some(_)) => {}
        }
    }

    /// Options of the block that the provider does not look at.
    fn useless_with(&self, provider: Provider, findings: &mut Vec<Finding>) {
        for option in useless(provider) {
            let Some(decided) = self.ladder.decide(*option) else {
                continue;
            };
            if !matches!(decided.slot.value, Some(Value::Empty)) {
                let (place, spot) = (decided.rung.place.clone(), &decided.slot.spot);
                let provider = provider.shown();
                findings.push(no_effect::provider(place, spot, option.name(), &provider));
            }
        }
    }

    /// What works and is less than it could be.
    fn policy(&self, findings: &mut Vec<Finding>) {
        let judges = match self.role {
            Role::Server => self.settings.tls_mutual.value == ClientCertificate::Required,
            Role::Client => self.settings.client_auth.value == ServerAuthentication::Required,
        };
        // Nobody is told to set what the engine does not take.
        if judges && self.takes_lists() && self.ladder.decide(OptionId::Crl).is_none() {
            findings.push(no_revocation::found(self.place.clone()));
        }
    }

    /// Whether the engine takes revocation lists from a file.
    fn takes_lists(&self) -> bool {
        match self.engine {
            Engine::Schannel => false,
            Engine::Trustpack | Engine::Openssl | Engine::Jsse => true,
        }
    }

    fn server_check(&self, findings: &mut Vec<Finding>) {
        let place = || self.place.clone();
        match (
            self.settings.client_auth.value,
            self.settings.name_check.value,
        ) {
            (ServerAuthentication::Required, NameCheck::Host) => {}
            (ServerAuthentication::Required, NameCheck::Off) => {
                findings.push(name_not_checked::found(place()));
            }
            (ServerAuthentication::DangerNone, NameCheck::Off | NameCheck::Host) => {
                if let (ClientCertificate::Required, Some(port)) =
                    (self.client_certificate, self.port)
                {
                    findings.push(mutual_unchecked::found(place(), port));
                }
            }
        }
    }

    fn incomplete(&self, missing: &[&'static str], findings: &mut Vec<Finding>) {
        if !missing.is_empty() {
            let shut = self.ladder.shut().map(|shut| {
                let has = |name: &&'static str| {
                    let option = options::by_name(name).map(|row| row.id);
                    option.is_some_and(|option| shut.values.set(option).is_some())
                };
                (shut.level, missing.iter().copied().filter(has).collect())
            });
            let rest = Rest {
                level: self.block_level(),
                shut,
                own_file: self.ladder.has(Level::OwnFile),
            };
            let place = self.place.clone();
            findings.push(incomplete_credentials::found(place, missing, &rest));
        }
    }

    fn block_level(&self) -> Option<Level> {
        self.ladder.block().map(|block| block.level)
    }

    /// Those of `options` that have no value; one with an error of its own is not missing as well.
    fn missing(&self, options: &[OptionId]) -> Vec<&'static str> {
        let missing = options
            .iter()
            .filter(|option| match self.ladder.decide(**option) {
                None => true,
                Some(decided) => {
                    let empty = matches!(decided.slot.value, None | Some(Value::Empty));
                    empty && decided.slot.error.is_none()
                }
            });
        missing.map(|option| option.name()).collect()
    }
}

/// Whether a finding says that a credential is set at no level.
pub(crate) fn is_for_want_of_settings(finding: &Finding) -> bool {
    let kinds = [
        &incomplete_credentials::KIND,
        &no_trusted_ca::KIND,
        &no_provider::KIND,
        &no_client_certificate::KIND,
    ];
    kinds.iter().any(|kind| kind.code == finding.code())
}

/// What an own certificate takes.
fn identity(provider: Provider) -> &'static [OptionId] {
    match provider {
        Provider::Pem => &[OptionId::Certificate, OptionId::CertificateKey],
        Provider::Jks | Provider::Pkcs12 | Provider::Mscapi | Provider::Pkcs11 => {
            &[OptionId::Certificate]
        }
    }
}

/// What says whom the endpoint trusts. Windows has its own store of authorities, a token may have them too.
fn trust(provider: Provider) -> &'static [OptionId] {
    match provider {
        Provider::Pem | Provider::Jks | Provider::Pkcs12 => &[OptionId::TrustedCa],
        Provider::Mscapi | Provider::Pkcs11 => &[],
    }
}

/// The options of the block that a provider does not look at.
pub(super) fn useless(provider: Provider) -> &'static [OptionId] {
    use OptionId::{
        CertificateKey, KeystorePassword, StoreLocation, TrustedCa, TruststorePassword,
    };
    match provider {
        Provider::Pem => &[TruststorePassword, StoreLocation],
        Provider::Jks | Provider::Pkcs12 => &[CertificateKey, StoreLocation],
        Provider::Mscapi => &[
            CertificateKey,
            TrustedCa,
            TruststorePassword,
            KeystorePassword,
        ],
        Provider::Pkcs11 => &[CertificateKey, TruststorePassword, StoreLocation],
    }
}
