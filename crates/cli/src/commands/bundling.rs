//! What the commands that deliver a certificate share: for which targets, into which folders.

use std::path::{Path, PathBuf};

use serde::Serialize;
use trustpack_bundle::bundle::{Bundle, Delivery, FileStem};
use trustpack_bundle::target::Target;
use trustpack_bundle::windows::{Account, AccountName};
use trustpack_keystore::password::Password;
use trustpack_keystore::pkcs12::Encryption;
use trustpack_keystore::private_file::PrivateMode;
use trustpack_keystore::private_key::PrivateKey;
use trustpack_x509::certificate::Certificate;

use crate::failure::Failure;
use crate::session::Session;

/// For which programs bundles are made.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct BundleArgs {
    /// Also make a folder with what these programs need: openssl, unix, java, java8, windows, windows2016, dotnet,
    /// nginx, haproxy, stunnel; separated by commas
    #[arg(long = "for", value_name = "TARGET", value_delimiter = ',')]
    targets: Vec<Target>,

    /// On Windows, whose store: server for the Local Computer, gui for the Current User
    #[arg(long, value_name = "ROLE", value_enum, default_value_t)]
    role: Role,

    /// On Windows, the account of the service, which must be let at the key
    #[arg(long, value_name = "NAME")]
    account: Option<AccountName>,

    /// Encryption of PKCS#12 files for all targets; else as each target needs
    #[arg(long, value_name = "AGE", value_enum)]
    pfx_encryption: Option<PfxEncryption>,
}

/// The role of an application on Windows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Role {
    /// Runs as a service.
    #[default]
    Server,
    /// Runs for the user who sits there.
    Gui,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum PfxEncryption {
    /// PBES2 with AES-256, MAC by HMAC-SHA-256.
    Modern,
    /// PBE-SHA1-3DES, MAC by HMAC-SHA-1.
    Legacy,
}

/// What was issued or adopted, as the bundles need it.
pub(super) struct Delivered<'a> {
    pub(super) certificate: &'a Certificate,
    pub(super) key: Option<&'a PrivateKey>,
    /// The authorities above it, the nearest first, the root at the end if it is known.
    pub(super) above: &'a [Certificate],
    /// The first label of the host, as it was typed.
    pub(super) label: &'a str,
    pub(super) password: &'a Password,
    pub(super) mode: PrivateMode,
}

/// One folder that was made, as `--json` shows it.
#[derive(Debug, Serialize)]
pub(super) struct BundleJson {
    target: String,
    folder: PathBuf,
    files: Vec<PathBuf>,
}

impl BundleArgs {
    /// Whether any bundle is asked for.
    pub(super) fn any(&self) -> bool {
        !self.targets.is_empty()
    }

    /// Makes a folder for each target in `place`: `<serial>_<host>_<target>`.
    ///
    /// # Errors
    ///
    /// When a bundle cannot be made or written; the folders before it stay.
    pub(super) fn write(
        &self,
        session: &Session,
        delivered: &Delivered<'_>,
        place: &Path,
    ) -> Result<Vec<BundleJson>, Failure> {
        let stem = FileStem::new(delivered.certificate.serial(), delivered.label)
            .map_err(Failure::request)?;
        let account = match self.role {
            Role::Server => Account::Machine(self.account.clone()),
            Role::Gui => Account::User,
        };
        let (intermediates, trusted) = parted(delivered.above);
        let delivery = Delivery {
            certificate: delivered.certificate,
            key: delivered.key,
            intermediates: &intermediates,
            trusted: &trusted,
            stem: &stem,
            password: delivered.password,
            encryption: self.pfx_encryption.map(PfxEncryption::encryption),
            now: session.now,
            account: &account,
        };
        let mut made = Vec::new();
        for &target in &self.targets {
            let folder = place.join(stem.folder(target));
            let bundle = Bundle::make(target, &delivery).map_err(Failure::request)?;
            let files = bundle
                .write(&folder, delivered.mode)
                .map_err(Failure::request)?;
            made.push(BundleJson {
                target: target.to_string(),
                folder,
                files,
            });
        }
        Ok(made)
    }
}

impl BundleJson {
    /// The folder, for people.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
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

/// Roots are trusted, the others are sent. Where no root is known, the highest is the one to trust.
fn parted(above: &[Certificate]) -> (Vec<Certificate>, Vec<Certificate>) {
    let (trusted, mut sent): (Vec<_>, Vec<_>) =
        above.iter().cloned().partition(Certificate::is_self_issued);
    match (trusted.is_empty(), sent.pop()) {
        (true, Some(highest)) => (sent, vec![highest]),
        (false, Some(highest)) => {
            sent.push(highest);
            (sent, trusted)
        }
        (_, None) => (sent, trusted),
    }
}
