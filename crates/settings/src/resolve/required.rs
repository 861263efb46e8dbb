//! What a secured endpoint must have: credentials, trusted authorities, a version to speak.
//!
//! Invariant: an endpoint that lacks what it cannot work without has an error here.

use super::ladder::Ladder;
use crate::endpoint::{EffectiveSettings, Level, Origin, Role};
use crate::finding::Finding;
use crate::findings::{
    incomplete_credentials, mutual_unchecked, name_not_checked, no_client_certificate,
    no_common_version, no_provider, no_trusted_ca, not_yet, server_not_checked,
};
use crate::options::OptionId;
use crate::parse::Value;
use crate::place::Place;
use crate::value::{ClientCertificate, NameCheck, Provider, ServerAuthentication, Shown};

/// A secured endpoint, as far as it is judged here.
pub(crate) struct Secured<'e> {
    pub(crate) place: &'e Place,
    pub(crate) role: Role,
    pub(crate) ladder: &'e Ladder<'e>,
    pub(crate) settings: &'e EffectiveSettings,
    /// A client: the port, if the fleet has it, and whether it demands a certificate.
    pub(crate) port: Option<&'e Place>,
    pub(crate) client_certificate: ClientCertificate,
}

impl Secured<'_> {
    /// Everything that is missing or doubtful.
    pub(crate) fn findings(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        let versions = self.settings.versions();
        if versions.lowest > versions.highest {
            findings.push(no_common_version::alone(self.place.clone(), versions));
        }
        if self.role == Role::Client {
            self.server_check(&mut findings);
        }
        match self.settings.provider.value {
            None => findings.push(no_provider::found(self.place.clone(), self.block_level())),
            Some(Provider::Pem) => match self.role {
                Role::Server => self.server(&mut findings),
                Role::Client => self.client(&mut findings),
            },
            Some(
                provider @ (Provider::Jks | Provider::Pkcs12 | Provider::Mscapi | Provider::Pkcs11),
            ) => {
                // One that is set has its error in its slot.
                if self.settings.provider.origin == Origin::Default {
                    let place = self.place.clone();
                    findings.push(not_yet::default_provider(place, &provider.shown()));
                }
            }
        }
        findings
    }

    fn server(&self, findings: &mut Vec<Finding>) {
        let mut missing = self.missing(&[OptionId::Certificate, OptionId::CertificateKey]);
        let trusted = self.missing(&[OptionId::TrustedCa]);
        match self.settings.tls_mutual.value {
            ClientCertificate::Required => missing.extend(trusted),
            ClientCertificate::NotAsked => {
                if !trusted.is_empty() {
                    let level = self.block_level();
                    findings.push(no_trusted_ca::found(self.place.clone(), level));
                }
            }
        }
        self.incomplete(&missing, findings);
    }

    fn client(&self, findings: &mut Vec<Finding>) {
        match self.settings.client_auth.value {
            ServerAuthentication::Required => {
                self.incomplete(&self.missing(&[OptionId::TrustedCa]), findings);
            }
            ServerAuthentication::DangerNone => {}
        }
        let own = [OptionId::Certificate, OptionId::CertificateKey];
        let missing = self.missing(&own);
        match (self.client_certificate, self.port) {
            (ClientCertificate::Required, Some(_)) if !missing.is_empty() => {
                let (place, level) = (self.place.clone(), self.block_level());
                findings.push(no_client_certificate::found(
                    place, self.port, &missing, level,
                ));
            }
            // By hand nobody knows what the port demands; half a certificate is wrong in any case.
            (ClientCertificate::Required | ClientCertificate::NotAsked, None)
                if missing.len() == 1 =>
            {
                self.incomplete(&missing, findings);
            }
            (ClientCertificate::Required | ClientCertificate::NotAsked, _) => {}
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
                if let Some(decided) = self.ladder.decide(OptionId::ClientAuth) {
                    let spot = &decided.slot.spot;
                    findings.push(server_not_checked::found(decided.rung.place.clone(), spot));
                }
                if let (ClientCertificate::Required, Some(port)) =
                    (self.client_certificate, self.port)
                {
                    findings.push(mutual_unchecked::found(place(), port));
                }
            }
        }
    }

    fn incomplete(&self, missing: &[&str], findings: &mut Vec<Finding>) {
        if !missing.is_empty() {
            let (place, level) = (self.place.clone(), self.block_level());
            findings.push(incomplete_credentials::found(place, missing, level));
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
