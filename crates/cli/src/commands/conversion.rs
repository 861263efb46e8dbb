//! From a file of any format to another: what is taken over, and how it is written.
//!
//! Serves `cert convert` and `store export`. Invariant: what was made is opened again and compared
//! before it is written.

use std::collections::BTreeSet;
use std::path::Path;

use trustpack_keystore::contents::{self, CertificateRole, Contents};
use trustpack_keystore::key_file::{self, KeyFormat, Pkcs8Encryption};
use trustpack_keystore::password::Password;
use trustpack_keystore::pem::stored_key::Encoding;
use trustpack_keystore::placing::{Existing, is_same_file};
use trustpack_keystore::private_key::PrivateKey;
use trustpack_keystore::store::write::StoreFormat;
use trustpack_keystore::store::{Alias, Store};
use trustpack_keystore::{pem, pkcs7};
use trustpack_x509::certificate::Certificate;
use trustpack_x509::public_key::PublicKey;
use zeroize::Zeroizing;

use super::issuing::Telling;
use super::store_arguments::{NewStore, Target, Written, counted, encryption, password_of_new};
use crate::contents_file::{self, Needed};
use crate::failure::{Failure, message};
use crate::output_file::{self, Secrecy};
use crate::session::{self, Session};

/// What is taken over.
pub(super) struct Selection<'a> {
    /// Entries by name; all if none is named.
    pub(super) aliases: &'a [Alias],
    pub(super) new_alias: Option<Alias>,
    pub(super) no_keys: bool,
    pub(super) no_certs: bool,
    pub(super) ca_only: bool,
}

/// From one file to another.
pub(super) struct Conversion<'a> {
    pub(super) input: &'a Path,
    pub(super) output: &'a Path,
    pub(super) selection: Selection<'a>,
    pub(super) target: Option<Target>,
    pub(super) legacy: bool,
    pub(super) password_file: Option<&'a Path>,
    pub(super) out_password_file: Option<&'a Path>,
    pub(super) existing: Existing,
    pub(super) telling: Telling,
}

impl Conversion<'_> {
    pub(super) fn run(self, session: &mut Session) -> Result<(), Failure> {
        let target = Target::choose(self.target, self.output)?;
        if is_same_file(self.input, self.output) {
            let text = "the input and the output are one file";
            return Err(Failure::request(message(text)).hint("name another output"));
        }
        output_file::check(self.output, self.existing)
            .map_err(|failure| failure.hint("take another name, or --replace"))?;
        let needed = if self.selection.wants_keys() {
            Needed::Keys
        } else {
            Needed::Certificates
        };
        let file = contents_file::read(self.input, self.password_file, needed)?;
        let contents = self.selection.apply(file.contents, self.input)?;
        match target {
            Target::Pem => self.write_pem(&contents, session),
            Target::Der => self.write_der(&contents, session),
            Target::Pkcs7 => self.write_pkcs7(&contents, session),
            Target::Pkcs12 | Target::Jks => {
                let format = target.of_store(encryption(self.legacy))?;
                self.write_store(contents, format, session)
            }
        }
    }

    fn write_pem(&self, contents: &Contents, session: &mut Session) -> Result<(), Failure> {
        let password = self.out_password()?;
        let mut parts: Vec<Zeroizing<Vec<u8>>> = Vec::new();
        for key in keys(contents)? {
            parts.push(encode_key(key, password.as_ref(), Encoding::Pem)?);
        }
        let certificates: Vec<Certificate> = in_order(contents);
        parts.push(Zeroizing::new(
            pem::certificates_to_pem(&certificates).into_bytes(),
        ));
        let lists = contents.crls.iter().map(pem::revocation_list_to_pem);
        let requests = contents.requests.iter().map(pem::request_to_pem);
        for text in lists.chain(requests) {
            parts.push(Zeroizing::new(text.into_bytes()));
        }
        // Sized once: a vector that grows would leave copies of keys behind.
        let total = parts.iter().map(|part| part.len()).sum();
        let mut text = Zeroizing::new(Vec::with_capacity(total));
        parts.iter().for_each(|part| text.extend_from_slice(part));
        self.put(("PEM", &text), contents, password, session)
    }

    fn write_der(&self, contents: &Contents, session: &mut Session) -> Result<(), Failure> {
        let certificates = in_order(contents);
        let found = contents.keys.len()
            + certificates.len()
            + contents.crls.len()
            + contents.requests.len();
        if found != 1 {
            let text = format!("a DER file holds one thing, and there are {found}");
            return Err(Failure::request(message(text)).hint(
                "--no-keys, --no-certs and --ca-only leave some out; pem and pkcs7 hold several",
            ));
        }
        let password = self.out_password()?;
        let der = match keys(contents)?.first() {
            Some(key) => encode_key(key, password.as_ref(), Encoding::Der)?,
            None => {
                let certificates = certificates.iter().map(Certificate::der);
                let lists = contents.crls.iter().map(|crl| crl.der());
                let requests = contents.requests.iter().map(|request| request.der());
                let mut all = certificates.chain(lists).chain(requests);
                Zeroizing::new(all.next().unwrap_or_default().to_vec())
            }
        };
        self.put(("DER", &der), contents, password, session)
    }

    fn write_pkcs7(&self, contents: &Contents, session: &mut Session) -> Result<(), Failure> {
        for (count, what, hint) in [
            (
                contents.keys.len(),
                "private keys",
                "--no-keys leaves them out",
            ),
            (
                contents.requests.len(),
                "certification requests",
                "pem holds them",
            ),
        ] {
            if count > 0 {
                let are = are(count);
                let text = format!("PKCS#7 has no place for {what}, and there {are} {count}");
                return Err(Failure::request(message(text)).hint(hint));
            }
        }
        let lists: Vec<&[u8]> = contents.crls.iter().map(|crl| crl.der()).collect();
        let file = pkcs7::write(&in_order(contents), &lists).map_err(Failure::request)?;
        self.put(("PKCS#7", &file), contents, None, session)
    }

    fn write_store(
        &self,
        contents: Contents,
        format: StoreFormat,
        session: &mut Session,
    ) -> Result<(), Failure> {
        for (count, what) in [
            (contents.crls.len(), "revocation lists"),
            (contents.requests.len(), "certification requests"),
        ] {
            if count > 0 {
                let are = are(count);
                let text = format!("a store has no place for {what}, and there {are} {count}");
                return Err(Failure::request(message(text)).hint("pem holds them"));
            }
        }
        super::store_contents::refuse_strangers(&contents)
            .map_err(|failure| failure.hint("--no-keys or --no-certs leaves one of them out"))?;
        let mut store = Store::from_contents(contents).map_err(Failure::request)?;
        if let Some(alias) = &self.selection.new_alias {
            store = super::store_contents::renamed(store, alias.clone())?;
        }
        let password = password_of_new(
            self.output,
            self.out_password_file,
            "--out-password-file",
            format,
            store.has_key(),
        )?;
        NewStore {
            path: self.output,
            store: &store,
            format,
            password: password.as_ref(),
            existing: self.existing,
        }
        .write(self.telling, session)
    }

    fn out_password(&self) -> Result<Option<Password>, Failure> {
        self.out_password_file
            .map(crate::password_prompt::from_file)
            .transpose()
    }

    /// Opens what was made once more, writes the file, and says what is in it.
    fn put(
        &self,
        (format, file): (&'static str, &[u8]),
        contents: &Contents,
        password: Option<Password>,
        session: &mut Session,
    ) -> Result<(), Failure> {
        let again = contents::read(file, &password.into_iter().collect()).map_err(|error| {
            let error = anyhow::Error::new(error);
            Failure::request(error.context("what was made cannot be read again"))
        })?;
        if !is_same(contents, &again) {
            return Err(Failure::request(message(
                "what was made differs from the input when it is read again",
            )));
        }
        let secrecy = if contents.keys.is_empty() {
            Secrecy::Public
        } else {
            Secrecy::Private
        };
        output_file::write(self.output, file, secrecy, self.existing)?;
        if self.telling == Telling::Json {
            return Written {
                file: self.output.display().to_string(),
                format,
                aliases: Vec::new(),
                keys: contents.keys.len(),
                certificates: in_order(contents).len(),
                lists: contents.crls.len(),
                requests: contents.requests.len(),
            }
            .write(session);
        }
        let counts = [
            (contents.keys.len(), "private key"),
            (in_order(contents).len(), "certificate"),
            (contents.crls.len(), "revocation list"),
            (contents.requests.len(), "request"),
        ];
        let said: Vec<String> = counts
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| counted(*count, what))
            .collect();
        session::say(&format!("{}: {}", self.output.display(), said.join(", ")));
        Ok(())
    }
}

impl Selection<'_> {
    fn wants_keys(&self) -> bool {
        !self.no_keys && !self.ca_only
    }

    /// What is left of the contents.
    fn apply(&self, mut contents: Contents, path: &Path) -> Result<Contents, Failure> {
        if !self.aliases.is_empty() {
            self.keep_named(&mut contents, path)?;
        }
        if !self.wants_keys() {
            contents.keys.clear();
            for found in &mut contents.certificates {
                if found.role == CertificateRole::OfKey {
                    found.role = CertificateRole::Unsaid;
                }
            }
        }
        if self.no_certs {
            contents.certificates.clear();
            for found in &mut contents.keys {
                found.chain.clear();
            }
        }
        if self.ca_only {
            let is_ca = |certificate: &Certificate| {
                let basic = certificate.extensions().basic_constraints;
                basic.unwrap_or_default().ca
            };
            contents
                .certificates
                .retain(|found| is_ca(&found.certificate));
        }
        if contents.is_empty() {
            let text = format!("nothing of {} is left to write", path.display());
            return Err(Failure::request(message(text)));
        }
        Ok(contents)
    }

    /// Keeps the entries that were named. One without a name has that of its certificate.
    fn keep_named(&self, contents: &mut Contents, path: &Path) -> Result<(), Failure> {
        let is_named = |alias: Option<&String>, certificate: Option<&Certificate>| {
            let name = match (alias, certificate) {
                (Some(alias), _) => Alias::near(alias),
                (None, own) => own.map(Alias::of_certificate),
            };
            name.is_some_and(|name| self.aliases.iter().any(|alias| alias.is_same(&name)))
        };
        contents
            .keys
            .retain(|found| is_named(found.alias.as_ref(), found.chain.first()));
        let chains: Vec<Certificate> = contents
            .keys
            .iter()
            .flat_map(|found| found.chain.clone())
            .collect();
        contents.certificates.retain(|found| match found.role {
            CertificateRole::OfKey => chains.contains(&found.certificate),
            CertificateRole::Trusted | CertificateRole::Unsaid => {
                is_named(found.alias.as_ref(), Some(&found.certificate))
            }
        });
        contents.crls.clear();
        contents.requests.clear();
        if contents.is_empty() {
            let names: Vec<String> = self.aliases.iter().map(ToString::to_string).collect();
            let text = format!("{} has no entry {:?}", path.display(), names.join(", "));
            return Err(Failure::request(message(text)).hint("`trustpack store list` shows them"));
        }
        Ok(())
    }
}

/// The keys, all of which are open.
fn keys(contents: &Contents) -> Result<Vec<&PrivateKey>, Failure> {
    contents
        .keys
        .iter()
        .map(|found| {
            found
                .key
                .as_ref()
                .map_err(|error| Failure::request(error.clone()))
        })
        .collect()
}

/// The certificates: those of keys first, each behind the one below it.
fn in_order(contents: &Contents) -> Vec<Certificate> {
    let chains = contents.keys.iter().flat_map(|found| &found.chain);
    let mut ordered: Vec<Certificate> = Vec::new();
    for certificate in chains.chain(contents.only_certificates()) {
        if !ordered.contains(certificate) {
            ordered.push(certificate.clone());
        }
    }
    ordered
}

/// Whether both hold the same.
fn is_same(one: &Contents, other: &Contents) -> bool {
    let keys = |contents: &Contents| -> Vec<Option<PublicKey>> {
        let keys = contents.keys.iter().map(|found| found.key.as_ref().ok());
        keys.map(|key| key.map(|key| key.public_key().clone()))
            .collect()
    };
    let others = |contents: &Contents| -> Vec<Vec<u8>> {
        let lists = contents.crls.iter().map(|list| list.der().to_vec());
        let requests = contents.requests.iter().map(|one| one.der().to_vec());
        lists.chain(requests).collect()
    };
    let certificates = |contents: &Contents| -> BTreeSet<Certificate> {
        contents.only_certificates().cloned().collect()
    };
    keys(one) == keys(other)
        && certificates(one) == certificates(other)
        && others(one) == others(other)
}

/// The verb for so many things.
fn are(count: usize) -> &'static str {
    match count {
        1 => "is",
        _ => "are",
    }
}

/// A key as PKCS#8, encrypted if there is a password.
fn encode_key(
    key: &PrivateKey,
    password: Option<&Password>,
    encoding: Encoding,
) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let format = match password {
        Some(password) => KeyFormat::EncryptedPkcs8(Pkcs8Encryption::Modern, password),
        None => KeyFormat::Pkcs8,
    };
    key_file::write(key, format, encoding).map_err(Failure::request)
}
