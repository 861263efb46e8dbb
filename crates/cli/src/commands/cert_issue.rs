//! `trustpack cert issue`.

use std::path::{Path, PathBuf};

use trustpack_ca::host::HostName;
use trustpack_ca::profile::HostProfile;
use trustpack_ca::request::HostRequest;
use trustpack_ca_directory::issue::{HostKey, IssueOrder, IssuedFiles, KeyAccess};
use trustpack_keystore::password::Password;
use trustpack_keystore::private_key::spec::KeySpec;

use super::bundling::of_issued::{self, Asked, CERTIFICATE_IS_THERE, IssuedBundleArgs};
use super::bundling::{Bundles, Order, programs};
use super::ca_arguments::{CaDirArgs, Days};
use super::cert_issue_many::{self, AskedHost, NotPossible, Report, Telling};
use super::csr_file::{CsrArgs, CsrFile};
use super::host_arguments::{HostArgs, name_of_host};
use super::hosts_csv::{self, Defaults};
use super::issuing::{self, IssuedJson};
use super::issuing_many::{Opened, Opening};
use crate::failure::{Answer, Failure, message};
use crate::password_prompt;
use crate::session::Session;

/// Issue certificates for hosts, with keys made here or for requests (CSRs)
///
/// For each host the folder `repository` of the CA directory gets the certificate and the key as PEM
/// and both as PKCS#12. The host's name always stands in the certificate. For a request there is no key
/// here: the folder gets the certificate alone. With --for there is also a folder SERIAL_HOST_TARGET for
/// each kind of program; what such a program cannot read is refused before it is issued.
#[derive(Debug, clap::Args)]
#[command(
    override_usage = "trustpack cert issue [OPTIONS] <HOST>...
       trustpack cert issue [OPTIONS] --from <FILE>
       trustpack cert issue [OPTIONS] --csr <FILE> [HOST]",
    after_help = "Examples:
  trustpack cert issue --ca my-ca stat1.example.com desk1.example.com
  trustpack cert issue --ca my-ca --san www.example.com --ip 10.0.0.7 web1.example.com
  trustpack cert issue --ca my-ca --for nginx,java web1.example.com
  trustpack cert issue --ca my-ca --csr web1.csr
  trustpack cert issue --ca my-ca --from hosts.csv"
)]
pub(crate) struct CertIssue {
    /// Full names of the hosts
    #[arg(value_name = "HOST", required_unless_present_any = ["from", "csr"], value_parser = name_of_host::<HostName>)]
    hosts: Vec<HostName>,

    /// File with a host on each line, CSV with the headings host, cn, san, ip, days, profile, for, email
    /// and others; what a line does not say the other options do; the page reference/hosts-csv has it all
    #[arg(long, value_name = "FILE", conflicts_with = "hosts")]
    from: Option<PathBuf>,

    #[command(flatten)]
    csr: CsrArgs,

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

    #[command(flatten)]
    delivery: IssuedBundleArgs,

    /// Print what was issued as JSON
    #[arg(long)]
    json: bool,
}

/// How the files of each are delivered.
#[derive(Debug)]
struct Delivery {
    bundle_password: Password,
    key_access: KeyAccess,
    bundles: Vec<Asked>,
}

impl Delivery {
    fn asked_host(&self, host: String, request: HostRequest, key: HostKey) -> AskedHost {
        AskedHost {
            host,
            line: None,
            order: Ok(self.order(request, key, &self.bundles)),
            bundles: self.bundles.clone(),
        }
    }

    fn order(&self, request: HostRequest, key: HostKey, bundles: &[Asked]) -> IssueOrder {
        IssueOrder {
            request: request.with_programs(programs(&of_issued::orders(bundles))),
            key,
            bundle_password: self.bundle_password.clone(),
            key_access: self.key_access,
            renews: None,
        }
    }
}

impl CertIssue {
    pub(crate) fn run(self, session: &mut Session) -> Result<Answer, Failure> {
        issuing::with_present_ca(|| self.begin(session))
    }

    fn begin(&self, session: &mut Session) -> Result<Answer, Failure> {
        let delivery = Delivery {
            key_access: issuing::key_access(self.key_group.as_deref())?,
            bundle_password: match &self.password_file {
                Some(file) => password_prompt::from_file(file)?,
                None => Password::empty(),
            },
            bundles: self.delivery.asked()?,
        };
        of_issued::check(&delivery.bundles, &delivery.bundle_password)?;
        let directory = issuing::open_directory(&self.ca.dir)?;
        let ca_conf = &directory.layout().ca_conf;
        let mut asked = match (&self.from, &self.csr.csr) {
            (Some(file), _) => self.hosts_of_file(file, ca_conf, &delivery)?,
            (None, Some(csr)) => vec![self.host_of_request(csr, ca_conf, &delivery)?],
            (None, None) => self.hosts_of_command_line(ca_conf, &delivery)?,
        };
        let opening = Opening {
            ca: &self.ca,
            bundle_password: &delivery.bundle_password,
            mode: Some(delivery.key_access.mode()),
            bundles: wanted(&asked),
            now: session.now,
        };
        let Opened { authority, bundler } = opening.of(directory)?;
        // One alone is told as any other failure.
        if self.from.is_none()
            && asked.len() == 1
            && let Some(AskedHost {
                host,
                order: Ok(order),
                bundles,
                ..
            }) = asked.pop()
        {
            let issued = authority
                .issue(&order, session)
                .map_err(issuing::not_issued)?;
            let made = bundler.of_issued(&bundles, &issued, order.request.host());
            return self.tell_one(&host, &issued, made, session);
        }
        let telling = match (self.json, &self.from) {
            (true, file) => Telling::Json(file.as_deref()),
            (false, Some(file)) => Telling::Lines(file),
            (false, None) => Telling::Each,
        };
        let opened = Opened { authority, bundler };
        let mut reopen = || opening.again();
        cert_issue_many::run(opened, &mut reopen, asked, telling, session)
    }

    fn tell_one(
        &self,
        host: &str,
        issued: &IssuedFiles,
        bundles: Bundles,
        session: &mut Session,
    ) -> Result<Answer, Failure> {
        let answer = bundles.tell(CERTIFICATE_IS_THERE);
        if self.json {
            let report = Report {
                issued: vec![IssuedJson::new(host, issued, bundles)],
                failed: Vec::new(),
            };
            session.out.json(&report)?;
        } else {
            issuing::write_issued(&mut session.out, issued)?;
            bundles.write_lines(&mut session.out)?;
        }
        session.out.flush()?;
        Ok(answer)
    }

    fn hosts_of_command_line(
        &self,
        ca_conf: &Path,
        delivery: &Delivery,
    ) -> Result<Vec<AskedHost>, Failure> {
        self.certificate.refuse_shared_names(self.hosts.len())?;
        let profile = self.certificate.profile.read(Some(ca_conf))?;
        let asked = self.hosts.iter().map(|host| {
            let request = self.request(host, &profile)?;
            let key = HostKey::Generate(self.key);
            Ok(delivery.asked_host(host.to_string(), request, key))
        });
        asked.collect()
    }

    /// For a key that somebody else has.
    fn host_of_request(
        &self,
        csr: &Path,
        ca_conf: &Path,
        delivery: &Delivery,
    ) -> Result<AskedHost, Failure> {
        if self.hosts.len() > 1 {
            let text = "a request is for one certificate; name one host beside it, or none";
            return Err(Failure::request(message(text)));
        }
        let profile = self.certificate.profile.read(Some(ca_conf))?;
        let file = CsrFile::read(csr)?;
        let taken = file.taken(self.hosts.first(), &self.certificate)?;
        let request = self.certificate.complete(taken.request, &profile)?;
        let request = self.with_lifetime(request);
        let host = request.host().to_string();
        Ok(delivery.asked_host(host, request, HostKey::Elsewhere(taken.public_key)))
    }

    /// What is wrong with one line stops none of the others.
    fn hosts_of_file(
        &self,
        file: &Path,
        ca_conf: &Path,
        delivery: &Delivery,
    ) -> Result<Vec<AskedHost>, Failure> {
        // However many there will be.
        self.certificate.refuse_shared_names(usize::MAX)?;
        let profiles = self.certificate.profile.profiles(Some(ca_conf))?;
        let defaults = Defaults {
            certificate: self.certificate.clone(),
            days: self.days,
            key: self.key,
        };
        let mut asked = Vec::new();
        for line in hosts_csv::read(file, &defaults)? {
            let targets = line
                .wanted
                .as_ref()
                .ok()
                .and_then(|wanted| wanted.targets.clone());
            let bundles = match targets {
                Some(targets) => self.delivery.asked_for(&targets)?,
                None => delivery.bundles.clone(),
            };
            of_issued::check(&bundles, &delivery.bundle_password)?;
            let order = line.wanted.and_then(|wanted| {
                let (key, request) = (wanted.key, wanted.request(&profiles)?);
                Ok(delivery.order(request, HostKey::Generate(key), &bundles))
            });
            asked.push(AskedHost {
                host: line.typed,
                line: Some(line.line),
                order: order.map_err(|mistake| NotPossible {
                    column: mistake.column,
                    error: mistake.message,
                }),
                bundles,
            });
        }
        Ok(asked)
    }

    fn request(&self, host: &HostName, profile: &HostProfile) -> Result<HostRequest, Failure> {
        let request = self.certificate.request(host, profile)?;
        Ok(self.with_lifetime(request))
    }

    fn with_lifetime(&self, request: HostRequest) -> HostRequest {
        match self.days {
            Some(days) => request.with_lifetime(days.0),
            None => request,
        }
    }
}

/// Every kind of bundle that somebody gets, once.
fn wanted(asked: &[AskedHost]) -> Vec<Order> {
    let mut wanted: Vec<Order> = Vec::new();
    for order in asked
        .iter()
        .flat_map(|host| of_issued::orders(&host.bundles))
    {
        if !wanted.contains(&order) {
            wanted.push(order);
        }
    }
    wanted
}
