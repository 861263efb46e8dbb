//! `trustpack cert issue`.

use std::io::Write as _;
use std::net::IpAddr;
use std::path::PathBuf;

use serde::Serialize;
use trustpack_ca::host::{Domain, HostName};
use trustpack_ca::profile::HostProfile;
use trustpack_ca::request::HostRequest;
use trustpack_ca_directory::issue::{HostKey, IssueOrder};
use trustpack_keystore::password::Password;
use trustpack_keystore::private_key::spec::KeySpec;
use trustpack_x509::algorithm::Digest;

use super::ca_arguments::{CaDirArgs, Days, SubjectArgs, digest};
use super::issuing::{self, IssuedJson};
use crate::failure::{Answer, Failure, message};
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

    /// Common name, at most 64 characters; the host's name if not said
    #[arg(long, value_name = "NAME")]
    cn: Option<String>,

    /// More names for the certificate, separated by commas
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    san: Vec<Domain>,

    /// IP addresses for the certificate, separated by commas
    #[arg(long, value_name = "ADDRESS", value_delimiter = ',')]
    ip: Vec<IpAddr>,

    /// What the certificate is for: server (also as a client), gui, client, server-only
    #[arg(long, value_name = "PROFILE", default_value = "server")]
    profile: HostProfile,

    /// Also allow protection of mail, which older guides ask for
    #[arg(long)]
    email_protection: bool,

    /// Days until the certificate ends, 100 if not said; cut to the end of the CA
    #[arg(long, value_name = "DAYS")]
    days: Option<Days>,

    /// Kind of the key: rsa-2048, rsa-3072, rsa-4096, rsa-8192, ecdsa-p256
    #[arg(long, value_name = "KIND", default_value = "rsa-2048")]
    key: KeySpec,

    /// Digest to sign over: sha256, sha384, sha512
    #[arg(long, value_name = "DIGEST", default_value = "sha256", value_parser = digest)]
    digest: Digest,

    /// Protect the PKCS#12 file with the password in this file; else with the empty one
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,

    /// Let this group read the files with the key (mode 0640)
    #[arg(long, value_name = "GROUP")]
    key_group: Option<String>,

    /// Print what was issued as JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    subject: SubjectArgs,
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
        self.refuse_shared_names()?;
        let requests: Vec<HostRequest> = self
            .hosts
            .iter()
            .map(|host| self.request(host))
            .collect::<Result<_, _>>()?;
        let authority = issuing::open(&self.ca)?;
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

    /// Names of one host in the certificates of others would let each pass for the others.
    fn refuse_shared_names(&self) -> Result<(), Failure> {
        let given = [
            ("--cn", self.cn.is_some()),
            ("--san", !self.san.is_empty()),
            ("--ip", !self.ip.is_empty()),
        ];
        match given.into_iter().find(|(_, given)| *given) {
            Some((option, _)) if self.hosts.len() > 1 => {
                let text = format!(
                    "{option} is for one certificate, and {} are to be issued",
                    self.hosts.len()
                );
                Err(Failure::request(message(text)).hint("issue them one by one"))
            }
            Some(_) | None => Ok(()),
        }
    }

    fn request(&self, host: &HostName) -> Result<HostRequest, Failure> {
        let names = self.subject.names().map_err(Failure::request)?;
        let mut profile = self.profile.clone();
        if self.email_protection {
            profile = profile.with_email_protection();
        }
        let mut request = HostRequest::new(host.clone())
            .with_subject(names)
            .with_profile(profile)
            .with_digest(self.digest)
            .with_domains(self.san.iter().cloned())
            .with_addresses(self.ip.iter().copied());
        if let Some(common_name) = &self.cn {
            request = request
                .with_common_name(common_name)
                .map_err(Failure::request)?;
        }
        if let Some(days) = self.days {
            request = request.with_lifetime(days.0);
        }
        if let Some(email) = &self.subject.email {
            request = request.with_email(email.clone());
        }
        Ok(request)
    }
}
