//! A certificate that was issued, with its key and its authorities as they are now: what bundles are made of.
//!
//! Invariant: it counts, or may again; one that has ended or was revoked is not delivered.

use trustpack_ca_directory::directory::CaDirectory;
use trustpack_ca_directory::search::Standing;
use trustpack_keystore::password::Password;
use trustpack_keystore::private_file::PrivateMode;
use trustpack_keystore::private_key::PrivateKey;
use trustpack_x509::certificate::Certificate;
use trustpack_x509::serial::Serial;
use trustpack_x509::time::Timestamp;

use super::of_issued::OfIssued;
use super::{Delivered, Order, check_certificates};
use crate::commands::issued_certificate::{self, IssuedCertificate};
use crate::failure::{Failure, message};

/// How bundles of certificates that were issued before are made: the same for all of one command.
#[derive(Debug)]
pub(in crate::commands) struct Delivering<'a> {
    pub(in crate::commands) directory: &'a CaDirectory,
    pub(in crate::commands) password: Password,
    /// Who may read keys, where it was said.
    pub(in crate::commands) mode: Option<PrivateMode>,
    pub(in crate::commands) now: Timestamp,
}

/// A certificate that may be delivered.
pub(in crate::commands) struct Deliverable {
    issued: IssuedCertificate,
    key: Option<PrivateKey>,
    label: String,
    bundler: OfIssued,
}

impl Delivering<'_> {
    /// Reads what is delivered of a certificate.
    ///
    /// # Errors
    ///
    /// When it has ended or was revoked, its files cannot be read, or a program can do nothing with it.
    pub(in crate::commands) fn deliverable(
        &self,
        serial: &Serial,
        orders: &[Order],
    ) -> Result<Deliverable, Failure> {
        let (record, standing) = issued_certificate::on_record(self.directory, serial, self.now)?;
        match standing {
            Standing::Valid | Standing::OnHold => {}
            Standing::Expired | Standing::Revoked => {
                let text =
                    format!("the certificate {serial} is {standing}, so no bundle is made of it");
                return Err(Failure::request(message(text)).hint(
                    "`trustpack cert renew` follows one that has ended, `trustpack cert issue` one that was revoked",
                ));
            }
        }
        let issued = IssuedCertificate::read(self.directory, &record)?;
        let certificate = issued.certificate();
        let label = issued.label().ok_or_else(|| {
            Failure::request(message(format!(
                "the certificate {serial} has no file of a host in the repository"
            )))
        })?;
        let bundler = OfIssued::of_earlier(
            self.directory,
            certificate,
            &self.password,
            self.mode,
            self.now,
        )?;
        let mut read = bundler.authorities();
        read.push(certificate.clone());
        check_certificates(orders, &read)?;
        Ok(Deliverable {
            key: issued.private_key()?,
            label: label.to_owned(),
            issued,
            bundler,
        })
    }
}

impl Deliverable {
    pub(in crate::commands) fn certificate(&self) -> &Certificate {
        self.issued.certificate()
    }

    /// Its key is here, and not with somebody who asked for the certificate only.
    pub(in crate::commands) fn has_key(&self) -> bool {
        self.key.is_some()
    }

    pub(in crate::commands) fn bundler(&self) -> &OfIssued {
        &self.bundler
    }

    pub(in crate::commands) fn delivered(&self) -> Delivered<'_> {
        Delivered {
            certificate: self.issued.certificate(),
            key: self.key.as_ref(),
            label: &self.label,
        }
    }
}
