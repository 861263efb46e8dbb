//! `trustpack ca rekey`.

use serde::Serialize;
use trustpack_ca::crl_url::CrlUrl;
use trustpack_ca_directory::directory::CaDirectory;
use trustpack_ca_directory::rekey::{RekeyError, RekeyOrder, Rekeyed};
use trustpack_ca_directory::retired::names::RetiredFile;
use trustpack_keystore::private_key::spec::{KeySpec, RsaBits};
use trustpack_x509::public_key::PublicKeyAlgorithm;

use super::authority_report::{self, AuthorityJson};
use super::bundling::behind::{self, BehindJson};
use super::ca_arguments::CaDirArgs;
use super::ca_parent_arguments::{self, RenewalArgs};
use super::ca_renew::SERIAL_IS_NAMED;
use super::issuing;
use crate::failure::{Answer, Failure};
use crate::session::{self, Session};

/// Give the CA a new key, under the same subject, so that no peer loses trust
///
/// A CA that signs its own certificate signs crosses: the new key with the old, the old key with the new. The
/// certificate files of hosts in the repository, and of all that are issued from now on, carry them, so that a
/// peer with the old CA certificate alone, or with the new one alone, accepts both. The old key stays in
/// ca_conf/retired, protected as it was: it signs a revocation list, for peers that have the old CA certificate,
/// until its certificates have ended. The new key is encrypted with the same password, if the old one is.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  trustpack ca rekey --ca my-ca
  trustpack ca rekey --ca my-ca --key ecdsa-p384
  trustpack ca rekey --ca my-ca --crl-distribution-point http://pki.example.com/ca-2.crl")]
pub(crate) struct CaRekey {
    #[command(flatten)]
    ca: CaDirArgs,

    /// Kind of the new key: rsa-2048, rsa-3072, rsa-4096 (any size from 2048 to 8192 in steps of 128),
    /// ecdsa-p256, ecdsa-p384, ed25519; that of the old one if not said
    #[arg(long, value_name = "KIND")]
    key: Option<KeySpec>,

    /// Where the revocation list of the new key will be, in place of what ca.conf says now; stands in what the CA
    /// issues from now on. May be given several times. Certificates of the old key name the old place
    #[arg(long, value_name = "URL")]
    crl_distribution_point: Vec<CrlUrl>,

    #[command(flatten)]
    renewal: RenewalArgs,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What came of it, as `--json` shows it.
#[derive(Debug, Serialize)]
struct RekeyJson {
    #[serde(flatten)]
    authority: AuthorityJson,
    retired: String,
    new_by_old: Option<String>,
    old_by_new: Option<String>,
    refreshed: usize,
    left: usize,
    bundles_behind: Vec<BehindJson>,
    warnings: Vec<String>,
}

impl CaRekey {
    pub(crate) fn run(self, session: &mut Session) -> Result<Answer, Failure> {
        let directory = issuing::open_directory(&self.ca.dir)?;
        let (unlocked, password) = issuing::unlock_with_password(&directory, &self.ca)?;
        // A password may have been given that the key does not need.
        let encrypted = directory.unlock(None).is_err();
        let parent = self.renewal.parent()?;
        let order = RekeyOrder {
            key: self.key.unwrap_or_else(|| same_kind(&directory)),
            key_password: password.as_ref().filter(|_| encrypted),
            renewal: self.renewal.renewal(),
            crl_urls: &self.crl_distribution_point,
        };
        // They were read when the key was opened.
        let old_urls = directory.crl_urls().map_err(Failure::request)?;
        let rekeyed = unlocked
            .rekey(
                parent.as_ref(),
                &order,
                session.now,
                &mut session::entropy(),
            )
            .map_err(failure)?;
        rekeyed.warnings.iter().for_each(session::warn);
        let remarks: Vec<String> = remarks(&rekeyed)
            .chain(self.old_place(&old_urls, &rekeyed, &directory))
            .collect();
        remarks.iter().for_each(session::warn);
        let now_there = issuing::open_directory(&self.ca.dir)?;
        let behind = behind::find(&now_there, session.now)?.tell_unknown();
        if self.json {
            let shown = RekeyJson {
                bundles_behind: behind::json(&behind, &now_there),
                ..RekeyJson::new(&rekeyed, &directory, remarks)
            };
            session.out.json(&shown)?;
        } else {
            write_rekeyed(&rekeyed, &directory, session)?;
            behind::write_lines(&behind, &now_there, &mut session.out)?;
        }
        session.out.flush()?;
        Ok(Answer::Done)
    }

    /// Where certificates of the old key look for a list; without another place for the new key, both look there.
    fn old_place(
        &self,
        old: &[CrlUrl],
        rekeyed: &Rekeyed,
        directory: &CaDirectory,
    ) -> Option<String> {
        let still: Vec<String> = old.iter().map(ToString::to_string).collect();
        let id = rekeyed.retired.file_name()?.to_string_lossy();
        let another = if self.crl_distribution_point.is_empty() {
            let config = directory.layout().config.display();
            format!(
                ", and name another URL for the new key before it issues anything: crlDistributionPoints in {config}, for \
                 which `trustpack ca rekey` has --crl-distribution-point"
            )
        } else {
            String::new()
        };
        (!still.is_empty()).then(|| {
            format!(
                "certificates of the old key name {} for their revocation list, and a peer with the old CA certificate \
                 alone believes there only the list of the old key: publish that there, with `trustpack crl publish \
                 --replaced {id}=NAME`{another}",
                still.join(", ")
            )
        })
    }
}

/// What will not work as its asker may hope.
fn remarks(rekeyed: &Rekeyed) -> impl Iterator<Item = String> {
    let named = rekeyed.serial_is_named && rekeyed.crosses.is_some();
    let named = named.then(|| SERIAL_IS_NAMED.to_owned());
    let older = rekeyed.older_peers_until.map(|end| {
        format!(
            "this CA got a new key before: peers that have nothing but its certificate from before that, which \
             ends on {end}, do not accept the certificates of the key that was replaced now; bring the present CA \
             certificate to them, or renew these certificates"
        )
    });
    let constraints = rekeyed.certificate.extensions().basic_constraints;
    let short = constraints.is_some_and(|basic| basic.path_length == Some(0));
    let counted = (short && rekeyed.crosses.is_some()).then(|| COUNTED_BY_GNUTLS.to_owned());
    [named, older, counted].into_iter().flatten()
}

/// RFC 5280 section 6.1.4 (l) does not count them.
const COUNTED_BY_GNUTLS: &str = "the path length of this CA is 0, and GnuTLS counts the crosses for it: peers with GnuTLS \
     need the old CA certificate and the new one, beside each other";

/// The kind of the present key, or the nearest that is made here.
fn same_kind(directory: &CaDirectory) -> KeySpec {
    match directory.certificate().public_key().algorithm() {
        PublicKeyAlgorithm::Rsa { bits } => {
            RsaBits::new(*bits).map_or(KeySpec::Rsa(RsaBits::B3072), KeySpec::Rsa)
        }
        PublicKeyAlgorithm::EcP256 => KeySpec::EcP256,
        PublicKeyAlgorithm::EcP384 | PublicKeyAlgorithm::EcP521 => KeySpec::EcP384,
        PublicKeyAlgorithm::Ed25519 => KeySpec::Ed25519,
        PublicKeyAlgorithm::Other(_) => KeySpec::Rsa(RsaBits::B3072),
    }
}

fn failure(error: RekeyError) -> Failure {
    let hint = match &error {
        RekeyError::Renew(error) => ca_parent_arguments::hint(error),
        RekeyError::Config { .. } => Some(
            "set crlDistributionPoints there by hand, in the section that x509_extensions names, and leave \
             --crl-distribution-point out",
        ),
        RekeyError::Key(_)
        | RekeyError::Certify(_)
        | RekeyError::Id(_)
        | RekeyError::Encrypt(_)
        | RekeyError::Retired(_)
        | RekeyError::RetiredBefore { .. } => None,
    };
    let failure = Failure::request(error);
    match hint {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}

fn write_rekeyed(
    rekeyed: &Rekeyed,
    directory: &CaDirectory,
    session: &mut Session,
) -> Result<(), Failure> {
    let certificate = &rekeyed.certificate;
    let layout = directory.layout();
    let out = &mut session.out;
    let said = format!(", serial {}, with a new key", certificate.serial());
    authority_report::write_lines(certificate, &said, layout, out)?;
    writeln!(out, "private key  {}", layout.private_key.display())?;
    writeln!(out, "the old key  {}", rekeyed.retired.display())?;
    if rekeyed.crosses.is_some() {
        writeln!(
            out,
            "hosts  the files of {} certificate{} have the crosses now{}",
            rekeyed.refreshed,
            if rekeyed.refreshed == 1 { "" } else { "s" },
            match rekeyed.left {
                0 => String::new(),
                left => format!("; {left} were left, since something else is in them"),
            }
        )?;
        let first = match rekeyed.refreshed {
            0 => "",
            _several => "these to their hosts, then ",
        };
        writeln!(
            out,
            "to do  bring {first}the new CA certificate to the peers, in any order of peers; then take the old one \
             from the peers, at the latest when it ends on {}",
            rekeyed.before.validity().not_after
        )?;
        writeln!(
            out,
            "to do  PKCS#12 files in the repository are as they were; hosts that use them need {} beside, or new ones: \
             `trustpack cert renew`",
            rekeyed.retired.join(RetiredFile::OldByNew.name()).display()
        )?;
    }
    writeln!(
        out,
        "to do  {}`trustpack crl create` makes a list for each key; the old key must stay until the last of its certificates has ended",
        if rekeyed.list_retired {
            "the present CRL is that of the old key; "
        } else {
            ""
        }
    )?;
    Ok(())
}

impl RekeyJson {
    fn new(rekeyed: &Rekeyed, directory: &CaDirectory, remarks: Vec<String>) -> Self {
        let cross = |file: RetiredFile| {
            let path = rekeyed.retired.join(file.name());
            let crosses = rekeyed.crosses.as_ref();
            crosses.map(|_| path.display().to_string())
        };
        let warnings = rekeyed.warnings.iter().map(ToString::to_string);
        Self {
            authority: AuthorityJson::new(&rekeyed.certificate, &directory.layout().certificate),
            retired: rekeyed.retired.display().to_string(),
            new_by_old: cross(RetiredFile::NewByOld),
            old_by_new: cross(RetiredFile::OldByNew),
            refreshed: rekeyed.refreshed,
            left: rekeyed.left,
            bundles_behind: Vec::new(),
            warnings: warnings.chain(remarks).collect(),
        }
    }
}
