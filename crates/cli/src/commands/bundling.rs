//! What the commands that deliver a certificate share: for which targets, into which folders.
//!
//! The certificate has been issued, or adopted, before a bundle of it is made. So what can be refused is
//! refused by [`check_password`] and [`check_certificates`], which come first, and a bundle that fails afterwards is told beside
//! those that were made. Invariant: a folder that is told is whole.

use std::path::Path;

use serde::{Deserialize, Serialize};
use trustpack_bundle::bundle::{Bundle, Delivery, FileStem, MakeBundleError};
use trustpack_bundle::target::Target;
use trustpack_bundle::windows::{Account, AccountName};
use trustpack_keystore::password::Password;
use trustpack_keystore::pkcs12::Encryption;
use trustpack_keystore::placing::Existing;
use trustpack_keystore::private_file::PrivateMode;
use trustpack_keystore::private_key::PrivateKey;
use trustpack_x509::certificate::Certificate;
use trustpack_x509::lint::Severity;
use trustpack_x509::lint::programs::{Program, for_program};
use trustpack_x509::time::Timestamp;

use crate::failure::{Answer, Failure, message};
use crate::output::{Output, Printed};
use crate::session;

pub(super) mod behind;
pub(super) mod deliverable;
pub(super) mod of_issued;
pub(super) mod record;

/// For which programs bundles are made.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct BundleArgs {
    /// Also make a folder with what these programs need: openssl, unix, java, java8, windows, windows2016, dotnet,
    /// nginx, haproxy, stunnel; separated by commas
    #[arg(long = "for", value_name = "TARGET", value_delimiter = ',')]
    targets: Vec<Target>,

    /// On Windows, whose store: server for the Local Computer, gui for the Current User
    #[arg(
        long,
        value_name = "ROLE",
        value_enum,
        default_value_t,
        requires = "targets"
    )]
    role: Role,

    /// On Windows, the account of the service, which must be let at the key
    #[arg(long, value_name = "NAME", requires = "targets")]
    account: Option<AccountName>,

    /// Encryption of PKCS#12 files for all targets; else as each target needs
    #[arg(long, value_name = "AGE", value_enum, requires = "targets")]
    pfx_encryption: Option<PfxEncryption>,
}

/// One folder that is to be made: for which programs, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Order {
    pub(super) target: Target,
    role: Role,
    account: Option<AccountName>,
    encryption: Option<PfxEncryption>,
}

/// The role of an application on Windows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Role {
    /// Runs as a service.
    #[default]
    Server,
    /// Runs for the user who sits there.
    Gui,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum PfxEncryption {
    /// PBES2 with AES-256, MAC by HMAC-SHA-256.
    Modern,
    /// PBE-SHA1-3DES, MAC by HMAC-SHA-1.
    Legacy,
}

/// The authorities of what is delivered.
#[derive(Clone, Debug, Default)]
pub(super) struct Above {
    /// Between the certificate and the trusted ones, the nearest first.
    pub(super) intermediates: Vec<Certificate>,
    /// By which peers that trust another key of the authority find a path.
    pub(super) crosses: Vec<Certificate>,
    /// Whom the host is to trust.
    pub(super) trusted: Vec<Certificate>,
}

/// Makes the bundles of one command: what is the same for all of its certificates.
#[derive(Debug)]
pub(super) struct Bundler {
    pub(super) above: Above,
    pub(super) password: Password,
    pub(super) now: Timestamp,
    pub(super) existing: Existing,
}

/// A certificate that bundles are made of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Delivered<'a> {
    pub(super) certificate: &'a Certificate,
    /// None if it is elsewhere: then there are no key stores.
    pub(super) key: Option<&'a PrivateKey>,
    /// The first label of the host, as it was typed.
    pub(super) label: &'a str,
}

/// What came of the bundles of one certificate, as `--json` shows it.
#[derive(Debug, Default, Serialize)]
pub(super) struct Bundles {
    #[serde(rename = "bundles")]
    made: Vec<BundleJson>,
    #[serde(rename = "bundles_failed")]
    failed: Vec<FailedBundleJson>,
}

/// One folder that was made.
#[derive(Debug, Serialize)]
struct BundleJson {
    target: &'static str,
    folder: String,
    files: Vec<String>,
}

/// A folder that was not made.
#[derive(Debug, Serialize)]
struct FailedBundleJson {
    target: &'static str,
    error: String,
}

impl BundleArgs {
    /// What is asked for, each target once.
    pub(super) fn orders(&self) -> Vec<Order> {
        self.orders_for(&self.targets)
    }

    /// The same for other targets.
    pub(super) fn orders_for(&self, targets: &[Target]) -> Vec<Order> {
        let all = targets.iter().enumerate();
        all.filter(|(index, target)| !targets.iter().take(*index).any(|one| one == *target))
            .map(|(_, target)| Order {
                target: *target,
                role: self.role,
                account: self.account.clone(),
                encryption: self.pfx_encryption,
            })
            .collect()
    }
}

/// What the programs cannot do with certificates, for the gate.
pub(super) fn programs(orders: &[Order]) -> Vec<Program> {
    orders.iter().map(|order| order.target.program()).collect()
}

/// Refuses a password with which no bundle could be made, before anything is issued.
///
/// # Errors
///
/// When a target cannot use it.
pub(super) fn check_password(orders: &[Order], password: &Password) -> Result<(), Failure> {
    orders
        .iter()
        .try_for_each(|order| order.target.check_password(password))
        .map_err(Failure::request)
}

/// Refuses certificates that the programs cannot read; says what they may stumble over.
///
/// # Errors
///
/// When a target cannot do anything with one of them, as the rules about programs have it.
pub(super) fn check_certificates(
    orders: &[Order],
    certificates: &[Certificate],
) -> Result<(), Failure> {
    for program in programs(orders) {
        for certificate in certificates {
            for finding in for_program(certificate, program) {
                let (subject, violation) = (certificate.subject(), finding.violation);
                let text = format!(
                    "for {}: the certificate of {subject}: {violation}",
                    program.name
                );
                match finding.severity {
                    Severity::Error => return Err(Failure::request(message(text))),
                    Severity::Warning => session::warn(text),
                    Severity::Note => {}
                }
            }
        }
    }
    Ok(())
}

impl Bundler {
    /// Makes a folder in `place`: `<serial>_<host>_<target>`. Files with a key get `mode`.
    pub(super) fn make(
        &self,
        order: &Order,
        place: &Path,
        mode: PrivateMode,
        delivered: Delivered<'_>,
    ) -> Bundles {
        let mut bundles = Bundles::default();
        match self.make_one(order, place, mode, delivered) {
            Ok(made) => bundles.made.push(made),
            Err(error) => bundles.fail(order.target, &error),
        }
        bundles
    }

    fn make_one(
        &self,
        order: &Order,
        place: &Path,
        mode: PrivateMode,
        delivered: Delivered<'_>,
    ) -> anyhow::Result<BundleJson> {
        let target = order.target;
        let stem = FileStem::new(delivered.label)?;
        let bundle = self.bundle(order, &stem, delivered)?;
        let serial = delivered.certificate.serial();
        let folder = place.join(stem.folder(serial, target));
        let files = bundle.write(&folder, mode, self.existing)?;
        Ok(BundleJson {
            target: target.name(),
            folder: folder.display().to_string(),
            files: files
                .iter()
                .map(|file| file.display().to_string())
                .collect(),
        })
    }

    /// The files for one program, in memory.
    fn bundle(
        &self,
        order: &Order,
        stem: &FileStem,
        delivered: Delivered<'_>,
    ) -> Result<Bundle, MakeBundleError> {
        let account = match order.role {
            Role::Server => Account::Machine(order.account.clone()),
            Role::Gui => Account::User,
        };
        let delivery = Delivery {
            certificate: delivered.certificate,
            key: delivered.key,
            intermediates: &self.above.intermediates,
            crosses: &self.above.crosses,
            trusted: &self.above.trusted,
            stem,
            password: &self.password,
            encryption: order.encryption.map(PfxEncryption::encryption),
            now: self.now,
            account: &account,
        };
        Bundle::make(order.target, &delivery)
    }
}

impl Bundles {
    /// None was made, for the same reason.
    pub(super) fn all_failed(orders: &[Order], error: &anyhow::Error) -> Self {
        let mut bundles = Self::default();
        for order in orders {
            bundles.fail(order.target, error);
        }
        bundles
    }

    fn fail(&mut self, target: Target, error: &anyhow::Error) {
        self.failed.push(FailedBundleJson {
            target: target.name(),
            error: format!("{error:#}"),
        });
    }

    /// Those that were made, for people.
    pub(super) fn write_lines(&self, out: &mut Output) -> Printed {
        for made in &self.made {
            writeln!(out, "for {}  {}", made.target, made.folder)?;
        }
        Ok(())
    }

    /// Whether any was made.
    pub(super) fn has_any(&self) -> bool {
        !self.made.is_empty()
    }

    /// Adds those of other orders of the same certificate.
    pub(super) fn extend(&mut self, other: Self) {
        self.made.extend(other.made);
        self.failed.extend(other.failed);
    }

    /// A line for each that was not made.
    pub(super) fn failures(&self) -> impl Iterator<Item = String> {
        let failed = self.failed.iter();
        failed.map(|failed| format!("no bundle for {}: {}", failed.target, failed.error))
    }

    /// Says which were not made, and what to do; the answer is no if there are any.
    pub(super) fn tell(&self, hint: &str) -> Answer {
        for failure in self.failures() {
            session::say(&format!("error: {failure}"));
        }
        if self.failed.is_empty() {
            return Answer::Done;
        }
        session::say(&format!("hint: {hint}"));
        Answer::No
    }
}

impl Above {
    /// Of a chain that begins above the certificate; roots in it are trusted, the others are sent. Where no root
    /// is known, the highest is the one to trust.
    pub(super) fn of_chain(chain: &[Certificate]) -> Self {
        let (mut trusted, mut intermediates): (Vec<_>, Vec<_>) =
            chain.iter().cloned().partition(Certificate::is_self_issued);
        if trusted.is_empty() {
            trusted.extend(intermediates.pop());
        }
        Self {
            intermediates,
            crosses: Vec::new(),
            trusted,
        }
    }
}

impl PfxEncryption {
    fn encryption(self) -> Encryption {
        match self {
            Self::Modern => Encryption::Modern,
            Self::Legacy => Encryption::Legacy,
        }
    }
}
