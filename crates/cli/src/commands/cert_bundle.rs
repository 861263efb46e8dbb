//! `trustpack cert bundle`.

use std::path::PathBuf;

use serde::Serialize;
use trustpack_ca_directory::search::Standing;
use trustpack_keystore::password::Password;
use trustpack_x509::serial::Serial;

use super::bundling::deliverable::Delivering;
use super::bundling::of_issued::{self, Asked, IssuedBundleArgs};
use super::bundling::record::Record;
use super::bundling::{Bundles, behind};
use super::issuing;
use super::named_certificate::one_serial;
use crate::failure::{Answer, Failure, message};
use crate::password_prompt;
use crate::session::{self, Session};

/// Make folders for programs of certificates that were issued, or make them anew
///
/// With --for, for these programs. Without it, those that were made before are made anew, in the same places, with
/// the authorities as they are now: so hosts get a new key or certificate of the CA. Certificate and key stay as
/// they are. In a folder that is made anew nothing else may lie; changes to the files in it are lost.
#[derive(Debug, clap::Args)]
#[command(
    override_usage = "trustpack cert bundle [OPTIONS] <SERIAL|FILE|HOST>...
       trustpack cert bundle [OPTIONS] --behind",
    after_help = "Examples:
  trustpack cert bundle --ca my-ca stat1_cert.pem --for nginx
  trustpack cert bundle --ca my-ca --behind"
)]
pub(crate) struct CertBundle {
    /// Serial numbers, files with the certificates, or host names that one valid certificate alone has
    #[arg(value_name = "SERIAL|FILE|HOST", required_unless_present = "behind")]
    what: Vec<String>,

    /// All bundles that lack a certificate of the CA which they would have today, after `ca rekey` or `ca renew`
    #[arg(long, conflicts_with_all = ["what", "targets"])]
    behind: bool,

    /// The CA directory
    #[arg(
        long = "ca",
        value_name = "DIR",
        default_value = ".",
        env = "TRUSTPACK_CA"
    )]
    dir: PathBuf,

    #[command(flatten)]
    delivery: IssuedBundleArgs,

    /// Protect the key stores with the password in this file; else with the empty one
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,

    /// Let this group read the files with the key (mode 0640); as before if not said
    #[arg(long, value_name = "GROUP")]
    key_group: Option<String>,

    /// Print what was made as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Default, Serialize)]
struct Report {
    certificates: Vec<BundledJson>,
    failed: Vec<FailedJson>,
}

/// What came of one certificate.
#[derive(Debug, Serialize)]
struct BundledJson {
    serial: String,
    subject: String,
    #[serde(flatten)]
    bundles: Bundles,
}

#[derive(Debug, Serialize)]
struct FailedJson {
    /// None where a line of the ledger cannot be read.
    serial: Option<String>,
    error: String,
}

impl Report {
    /// Says at once what is wrong with one.
    fn fail(&mut self, serial: Option<&Serial>, error: String) {
        let serial = serial.map(Serial::to_hex);
        let of = serial.as_ref().map(|serial| format!("{serial}: "));
        session::say(&format!("error: {}{error}", of.unwrap_or_default()));
        self.failed.push(FailedJson { serial, error });
    }
}

/// What is to be made of one certificate, or why that is not possible.
struct Wish {
    serial: Serial,
    asked: Result<Vec<Asked>, Failure>,
}

impl CertBundle {
    pub(crate) fn run(self, session: &mut Session) -> Result<Answer, Failure> {
        let directory = issuing::open_directory(&self.dir)?;
        let named = self.delivery.asked()?;
        let making = Delivering {
            directory: &directory,
            password: match &self.password_file {
                Some(file) => password_prompt::from_file(file)?,
                None => Password::empty(),
            },
            mode: match &self.key_group {
                Some(group) => Some(issuing::key_access(Some(group))?.mode()),
                None => None,
            },
            now: session.now,
        };
        of_issued::check(&named, &making.password)?;
        let mut report = Report::default();
        let mut without_bundle = false;
        for Wish { serial, asked } in self.wishes(&making, named, &mut report)? {
            match asked.and_then(|asked| make(&making, &serial, &asked)) {
                Ok(bundled) => {
                    let hint = "put right what the message names, and run it again";
                    without_bundle |= bundled.bundles.tell(hint) == Answer::No;
                    if !self.json {
                        writeln!(session.out, "{}, serial {serial}", bundled.subject)?;
                        bundled.bundles.write_lines(&mut session.out)?;
                    }
                    report.certificates.push(bundled);
                }
                Err(failure) if self.what.len() == 1 => return Err(failure),
                Err(failure) => {
                    report.fail(Some(&serial), failure.in_one_line());
                }
            }
        }
        if report.certificates.is_empty() {
            session::say(match report.failed.is_empty() {
                true => "no bundle is behind",
                false => "no bundle was made",
            });
        }
        if self.json {
            session.out.json(&report)?;
        }
        session.out.flush()?;
        Ok(if report.failed.is_empty() && !without_bundle {
            Answer::Done
        } else {
            Answer::No
        })
    }

    /// Which certificates, and what is to be made of each.
    fn wishes(
        &self,
        making: &Delivering<'_>,
        named: Vec<Asked>,
        report: &mut Report,
    ) -> Result<Vec<Wish>, Failure> {
        if self.behind {
            let looked = behind::find(making.directory, making.now)?;
            for unknown in looked.unknown {
                report.fail(unknown.serial.as_ref(), unknown.text());
            }
            let each = looked.behind.into_iter().map(|one| Wish {
                asked: of_issued::recorded(&one.bundles, &making.password),
                serial: one.serial,
            });
            return Ok(each.collect());
        }
        let mut all: Vec<Wish> = Vec::new();
        for what in &self.what {
            let serial = one_serial(what, Standing::Valid, making.directory, making.now)?;
            if all.iter().any(|known| known.serial == serial) {
                continue;
            }
            let asked = match named.is_empty() {
                true => made_before(making, &serial),
                false => Ok(named.clone()),
            };
            all.push(Wish { serial, asked });
        }
        Ok(all)
    }
}

fn made_before(making: &Delivering<'_>, serial: &Serial) -> Result<Vec<Asked>, Failure> {
    let record = Record::read(making.directory, serial)?;
    if record.bundles().is_empty() {
        let text = format!("no bundle was made of the certificate {serial}, so none is made anew");
        return Err(Failure::request(message(text))
            .hint("say with --for for which programs: --for nginx,java"));
    }
    of_issued::recorded(record.bundles(), &making.password)
}

fn make(making: &Delivering<'_>, serial: &Serial, asked: &[Asked]) -> Result<BundledJson, Failure> {
    let found = making.deliverable(serial, &of_issued::orders(asked))?;
    Ok(BundledJson {
        serial: serial.to_hex(),
        subject: found.certificate().subject().to_string(),
        bundles: found.bundler().make(asked, found.delivered()),
    })
}
