//! `trustpack cert issue`.

use std::io::Write as _;
use std::path::PathBuf;

use serde::Serialize;
use trustpack_ca::host::HostName;
use trustpack_ca::profile::HostProfile;
use trustpack_ca::request::HostRequest;
use trustpack_ca_directory::issue::{HostKey, IssueOrder};
use trustpack_keystore::password::Password;
use trustpack_keystore::private_key::spec::KeySpec;

use super::ca_arguments::{CaDirArgs, Days};
use super::host_arguments::HostArgs;
use super::issuing::{self, IssuedJson};
use crate::failure::{Answer, Failure};
use crate::password_prompt;
use crate::session::Session;

/// Issue certificates for hosts, with keys made here
///
/// For each host the folder `repository` of the CA directory gets the certificate and the key as PEM
/// and both as PKCS#12. The host's name always stands in the certificate.
#[derive(Debug, clap::Args)]
pub(crate) struct CertIssue {
    /// Full names of the hosts
    #[arg(value_name = "HOST", required = true)]
    hosts: Vec<HostName>,

    #[command(flatten)]
    ca: CaDirArgs,

    #[command(flatten)]
    certificate: HostArgs,

    /// Days until the certificate ends, 100 if not said; cut to the end of the CA
    #[arg(long, value_name = "DAYS")]
    days: Option<Days>,

    /// Kind of the key: rsa-2048, rsa-3072, rsa-4096 (any size from 2048 to 8192 in steps of 128),
    /// ecdsa-p256, ecdsa-p384, ed25519
    #[arg(long, value_name = "KIND", default_value = "rsa-2048")]
    key: KeySpec,

    /// Protect the PKCS#12 file with the password in this file; else with the empty one
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,

    /// Let this group read the files with the key (mode 0640)
    #[arg(long, value_name = "GROUP")]
    key_group: Option<String>,

    /// Print what was issued as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Default, Serialize)]
struct Report {
    issued: Vec<IssuedJson>,
    failed: Vec<FailedJson>,
}

#[derive(Debug, Serialize)]
struct FailedJson {
    host: String,
    error: String,
}

impl CertIssue {
    pub(crate) fn run(self, session: &mut Session) -> Result<Answer, Failure> {
        let key_access = issuing::key_access(self.key_group.as_deref())?;
        let bundle_password = match &self.password_file {
            Some(file) => password_prompt::from_file(file)?,
            None => Password::empty(),
        };
        self.certificate.refuse_shared_names(self.hosts.len())?;
        let directory = issuing::open_directory(&self.ca.dir)?;
        let ca_conf = &directory.layout().ca_conf;
        let profile = self.certificate.profile.read(Some(ca_conf))?;
        let requests: Vec<HostRequest> = self
            .hosts
            .iter()
            .map(|host| self.request(host, &profile))
            .collect::<Result<_, _>>()?;
        let authority = issuing::unlock(directory, &self.ca)?;
        let mut report = Report::default();
        let mut unsaid = None;
        for (host, request) in self.hosts.iter().zip(requests) {
            let order = IssueOrder {
                request,
                key: HostKey::Generate(self.key),
                bundle_password: bundle_password.clone(),
                key_access,
            };
            match authority.issue(&order, session) {
                Ok(issued) if self.json => report
                    .issued
                    .push(IssuedJson::new(&host.to_string(), issued)),
                Ok(issued) => {
                    // What is asked for is issued even if nobody can read about it any more.
                    if let Err(error) = issuing::write_issued(session, &issued) {
                        unsaid.get_or_insert(error);
                    }
                }
                // One of many does not stop the rest; one alone is told as any other failure.
                Err(error) if self.hosts.len() == 1 => return Err(Failure::request(error)),
                Err(error) => {
                    let error = format!("{:#}", anyhow::Error::new(error));
                    crate::session::say(&format!("error: {host}: {error}"));
                    report.failed.push(FailedJson {
                        host: host.to_string(),
                        error,
                    });
                }
            }
        }
        if self.json {
            serde_json::to_writer_pretty(&mut session.out, &report).map_err(Failure::request)?;
            writeln!(session.out)?;
        }
        session.out.flush()?;
        if let Some(error) = unsaid {
            return Err(error);
        }
        Ok(if report.failed.is_empty() {
            Answer::Done
        } else {
            Answer::No
        })
    }

    fn request(&self, host: &HostName, profile: &HostProfile) -> Result<HostRequest, Failure> {
        let request = self.certificate.request(host, profile)?;
        Ok(match self.days {
            Some(days) => request.with_lifetime(days.0),
            None => request,
        })
    }
}
