//! Reads the files of an endpoint and checks them against each other.
//!
//! Every file is looked at, whatever is wrong with the others: all findings, not the first.
//! Invariant: with an error among the findings that nobody accepted there is no [`Material`].

use std::fmt;

use trustpack_judge::anchors::{TrustAnchors, is_authority};
use trustpack_keystore::password::Password;
use trustpack_keystore::pem::{self, ReadKeyError};
use trustpack_keystore::private_key::PrivateKey;
use trustpack_settings::acceptances::Acceptances;
use trustpack_settings::endpoint::{EffectiveSettings, Endpoint, Role, Security, Startable};
use trustpack_settings::finding::Finding;
use trustpack_settings::place::Place;
use trustpack_settings::value::{AbsolutePath, ClientCertificate, PasswordSource, Provider, Shown};
use trustpack_x509::certificate::Certificate;
use trustpack_x509::time::Timestamp;

use crate::chain;
use crate::files::{FileContents, Files, ReadFileError, Readers};
use crate::findings::{
    At, ca_as_host, chain_end_unknown, chain_incomplete, chain_mended, file_not_found,
    file_not_readable, half_identity, host_as_anchor, intermediate_from_trusted, key_in_trusted,
    key_locked, key_mismatch, key_world_readable, no_certificate, no_key, not_in_validity,
    provider_not_read, usage_missing,
};
use crate::limits::{MAX_CERTIFICATES_BYTES, MAX_KEY_BYTES, MAX_PASSWORD_BYTES};
use crate::material::{Identity, Material, MaterialError};

/// What loading needs from outside.
#[derive(Clone, Copy)]
pub struct Surroundings<'a> {
    /// Where files are read.
    pub files: &'a dyn Files,
    /// The value of an environment variable, for passwords given as `env:NAME`.
    pub variable: &'a dyn Fn(&str) -> Option<Password>,
    /// The present time, for what is expired.
    pub now: Timestamp,
    /// Findings that somebody accepted; the default has none.
    pub acceptances: &'a Acceptances,
}

/// Loads the material of an endpoint. An open endpoint needs none, and no file of its is read.
///
/// # Errors
///
/// [`MaterialError`] with everything that was found, if one of it is an error: a file that is not
/// there or cannot be read, a certificate without its key or the reverse, a key that does not
/// match or cannot be opened, a chain with a gap, a certificate that is not for this use.
pub fn load(
    endpoint: Startable<'_>,
    surroundings: &Surroundings<'_>,
) -> Result<Material, MaterialError> {
    let mut loader = Loader {
        presents_as: presents_as(endpoint.endpoint()),
        place: endpoint.endpoint().place(),
        settings: endpoint.settings(),
        surroundings,
        findings: Vec::new(),
    };
    let (anchors, identity) = match endpoint.endpoint().security() {
        Security::Open => (TrustAnchors::default(), None),
        Security::Tls | Security::AutoDetect | Security::Refused | Security::Product => {
            loader.by_provider()
        }
    };
    let mark = |finding| surroundings.acceptances.mark(finding);
    let findings: Vec<Finding> = loader.findings.into_iter().map(mark).collect();
    if findings.iter().any(Finding::bars) {
        return Err(MaterialError {
            place: loader.place.clone(),
            findings,
        });
    }
    Ok(Material {
        identity,
        anchors,
        findings,
    })
}

fn presents_as(endpoint: &Endpoint) -> Option<Role> {
    match (endpoint.role(), endpoint.client_certificate()) {
        (Role::Client, ClientCertificate::NotAsked) => None,
        (role @ (Role::Server | Role::Client), _) => Some(role),
    }
}

/// The loading of one endpoint: what is wrong is noted, and the rest is still looked at.
struct Loader<'a> {
    /// The side on which it presents its certificate; `None` for a client that nobody asks for one.
    presents_as: Option<Role>,
    place: &'a Place,
    settings: &'a EffectiveSettings,
    surroundings: &'a Surroundings<'a>,
    findings: Vec<Finding>,
}

impl<'a> Loader<'a> {
    fn by_provider(&mut self) -> (TrustAnchors, Option<Identity>) {
        match self.settings.provider.value {
            Some(Provider::Pem) | None => {
                let trusted = self.trusted();
                let identity = self.identity(&trusted);
                (trusted, identity)
            }
            Some(
                provider @ (Provider::Jks | Provider::Pkcs12 | Provider::Mscapi | Provider::Pkcs11),
            ) => {
                let at = At::new(self.place, "provider", &self.settings.provider.origin);
                self.findings
                    .push(provider_not_read::found(&at, &provider.shown()));
                (TrustAnchors::default(), None)
            }
        }
    }

    fn trusted(&mut self) -> TrustAnchors {
        let setting = &self.settings.trusted_ca;
        let Some(path) = &setting.value else {
            return TrustAnchors::default();
        };
        let at = At::new(self.place, "trusted-ca", &setting.origin);
        let Some(contents) = self.read(&at, path, MAX_CERTIFICATES_BYTES) else {
            return TrustAnchors::default();
        };
        if pem::holds_private_key(&contents.bytes) {
            self.findings.push(key_in_trusted::found(&at, path));
        }
        let Some(certificates) = self.certificates_of(&at, path, &contents) else {
            return TrustAnchors::default();
        };
        for certificate in certificates.iter().filter(|c| !is_authority(c)) {
            self.findings
                .push(host_as_anchor::found(&at, path, certificate));
        }
        TrustAnchors::new(certificates)
    }

    /// The own certificate with its chain and key, if the settings name them.
    fn identity(&mut self, trusted: &TrustAnchors) -> Option<Identity> {
        let settings = self.settings;
        let at = At::new(self.place, "certificate", &settings.certificate.origin);
        let at_key = At::new(
            self.place,
            "certificate-key",
            &settings.certificate_key.origin,
        );
        let key_file = match (
            settings.certificate.value.files().is_empty(),
            &settings.certificate_key.value,
        ) {
            (false, Some(key_file)) => key_file,
            (true, None) => return None,
            (false, None) => {
                self.findings.push(half_identity::no_key(&at));
                return None;
            }
            (true, Some(_)) => {
                self.findings.push(half_identity::no_certificate(&at_key));
                return None;
            }
        };
        let certificates = self.given(&at);
        let key = self.key(&at_key, key_file);
        let (certificates, key) = (certificates?, key?);
        let built = chain::build(
            &certificates,
            &key,
            trusted,
            settings.send_root.value,
            self.surroundings.now,
        );
        let Some(built) = built else {
            let finding = key_mismatch::found(&at_key, key_file, key.public_key(), &certificates);
            self.findings.push(finding);
            return None;
        };
        self.judge_chain(&at, &built);
        if let (Some(own), Some(role)) = (built.chain.first(), self.presents_as) {
            self.findings.extend(match ca_as_host::found(&at, own) {
                None => usage_missing::found(&at, own, role),
                // What else a CA certificate may not be used for adds nothing.
                found => found,
            });
        }
        Identity::new(built.chain, key)
    }

    /// Notes what was missing, mended or out of date in the own chain.
    fn judge_chain(&mut self, at: &At<'a>, built: &chain::Built) {
        if let (Some(issuer), Some(last)) = (&built.missing_issuer, built.chain.last()) {
            self.findings.push(match self.settings.trusted_ca.value {
                Some(_) => chain_incomplete::found(at, last, issuer),
                None => chain_end_unknown::found(at, last, issuer),
            });
        }
        self.findings.extend(chain_mended::found(
            at,
            built.reordered,
            built.duplicates,
            &built.strays,
        ));
        for intermediate in &built.from_trusted {
            self.findings
                .push(intermediate_from_trusted::found(at, intermediate));
        }
        let now = self.surroundings.now;
        let outdated = built
            .chain
            .iter()
            .filter_map(|c| not_in_validity::found(at, c, now));
        self.findings.extend(outdated);
    }

    /// The certificates of all files; `None` if one of the files cannot be used.
    fn given(&mut self, at: &At<'a>) -> Option<Vec<Certificate>> {
        let mut all = Some(Vec::new());
        for path in self.settings.certificate.value.files() {
            let certificates = self
                .read(at, path, MAX_CERTIFICATES_BYTES)
                .and_then(|contents| self.certificates_of(at, path, &contents));
            match (&mut all, certificates) {
                (Some(all), Some(certificates)) => all.extend(certificates),
                (_, None) => all = None,
                (None, Some(_)) => {}
            }
        }
        all.filter(|all| !all.is_empty())
    }

    fn certificates_of(
        &mut self,
        at: &At<'a>,
        path: &AbsolutePath,
        contents: &FileContents,
    ) -> Option<Vec<Certificate>> {
        match pem::read_certificates(&contents.bytes) {
            Ok(certificates) => Some(certificates),
            Err(error) => {
                self.findings.push(no_certificate::found(at, path, &error));
                None
            }
        }
    }

    fn key(&mut self, at: &At<'a>, path: &AbsolutePath) -> Option<PrivateKey> {
        let contents = self.read(at, path, MAX_KEY_BYTES)?;
        match contents.readers {
            Readers::Everyone => self.findings.push(key_world_readable::found(at, path)),
            Readers::Restricted | Readers::Unknown => {}
        }
        let key = match pem::read_private_key(&contents.bytes, None) {
            // Only now is the password looked for: most keys need none.
            Err(ReadKeyError::Encrypted) => {
                let password = self.password()?;
                pem::read_private_key(&contents.bytes, password.as_ref())
            }
            other => other,
        };
        match key {
            Ok(key) => Some(key),
            Err(error @ (ReadKeyError::Encrypted | ReadKeyError::WrongPassword)) => {
                self.findings
                    .push(key_locked::found(at, path, &error.to_string()));
                None
            }
            Err(error) => {
                self.findings.push(no_key::found(at, path, &error));
                None
            }
        }
    }

    /// The password of the key: `None` if it is set and cannot be had, `Some(None)` if it is not set.
    fn password(&mut self) -> Option<Option<Password>> {
        let setting = &self.settings.keystore_password;
        let at = At::new(self.place, "keystore-password", &setting.origin);
        match &setting.value {
            None => Some(None),
            Some(PasswordSource::Text(secret)) => Some(Some(Password::new(secret.expose()))),
            Some(PasswordSource::File(path)) => {
                let contents = self.read(&at, path, MAX_PASSWORD_BYTES)?;
                match Password::from_file_contents(&contents.bytes) {
                    Ok(password) => Some(Some(password)),
                    Err(error) => {
                        let why = format!("the file {path}: {error}");
                        self.findings.push(key_locked::no_password(&at, &why));
                        None
                    }
                }
            }
            Some(PasswordSource::Environment(name)) => {
                let password = (self.surroundings.variable)(name);
                if password.is_none() {
                    let why = format!("the environment variable {name} is not set");
                    self.findings.push(key_locked::no_password(&at, &why));
                }
                password.map(Some)
            }
        }
    }

    fn read(&mut self, at: &At<'a>, path: &AbsolutePath, limit: usize) -> Option<FileContents> {
        match self.surroundings.files.read(path.as_path(), limit) {
            Ok(contents) => Some(contents),
            Err(ReadFileError::NotFound) => {
                self.findings.push(file_not_found::found(at, path));
                None
            }
            Err(error @ (ReadFileError::NotPermitted | ReadFileError::Unreadable(_))) => {
                self.findings
                    .push(file_not_readable::found(at, path, &error));
                None
            }
        }
    }
}

impl fmt::Debug for Surroundings<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Surroundings")
            .field("now", &self.now)
            .finish_non_exhaustive()
    }
}
