//! Arguments that say what stands in the certificate of a host, and their reading into a request.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::Context as _;
use trustpack_ca::host::{Domain, HostName, address, name_or_address};
use trustpack_ca::profile::file::MAX_FILE_BYTES;
use trustpack_ca::profile::{HostProfile, ProfileName, Profiles, UnknownProfile};
use trustpack_ca::request::HostRequest;
use trustpack_keystore::limited_file::{self, Accepted};
use trustpack_x509::algorithm::Digest;
use trustpack_x509::dns::InvalidDnsName;
use trustpack_x509::name::build::NameBuilder;

use super::ca_arguments::{SubjectArgs, attribute, digest};
use crate::failure::{Failure, message};
use crate::session;

/// The names and the profile of a host certificate.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct HostArgs {
    /// Common name, at most 64 characters; the host's name if not said
    #[arg(long, value_name = "NAME", value_parser = attribute(NameBuilder::common_name))]
    pub(super) cn: Option<String>,

    /// More names for the certificate, separated by commas
    #[arg(long, value_name = "NAME", value_delimiter = ',', value_parser = name_of_host::<Domain>)]
    pub(super) san: Vec<Domain>,

    /// IP addresses for the certificate, separated by commas
    #[arg(long, value_name = "ADDRESS", value_delimiter = ',', value_parser = address)]
    pub(super) ip: Vec<IpAddr>,

    #[command(flatten)]
    pub(super) profile: ProfileArgs,

    /// Digest to sign over: sha1 (with a warning), sha224, sha256, sha384, sha512; that which fits the
    /// key if not said
    #[arg(long, value_name = "DIGEST", value_parser = digest)]
    pub(super) digest: Option<Digest>,

    #[command(flatten)]
    pub(super) subject: SubjectArgs,
}

/// A name, or that it is an address, and that those go with `--ip`.
pub(super) fn name_of_host<Name>(text: &str) -> Result<Name, String>
where
    Name: FromStr<Err = InvalidDnsName>,
{
    name_or_address(text, "with --ip")
}

/// Which profile.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct ProfileArgs {
    /// What the certificate is for: server (also as a client), gui, client, server-only, or a profile
    /// of the site; server if not said
    #[arg(long, value_name = "PROFILE")]
    pub(super) profile: Option<ProfileName>,

    /// File with the profiles of the site; profiles.toml in ca_conf if not said
    #[arg(long, value_name = "FILE")]
    pub(super) profiles: Option<PathBuf>,

    /// Also allow protection of mail, which older guides ask for
    #[arg(long)]
    pub(super) email_protection: bool,
}

/// The profiles of a site, beside the files of its CA.
const SITE_PROFILES: &str = "profiles.toml";

impl HostArgs {
    /// The request for `host`, with the lifetime that the profile gives.
    pub(super) fn request(
        &self,
        host: &HostName,
        profile: &HostProfile,
    ) -> Result<HostRequest, Failure> {
        self.complete(HostRequest::new(host.clone()), profile)
    }

    /// Gives a request what the arguments say, in place of what it has.
    pub(super) fn complete(
        &self,
        request: HostRequest,
        profile: &HostProfile,
    ) -> Result<HostRequest, Failure> {
        let mut request = request
            .with_attributes(|names| self.subject.over(names))
            .map_err(Failure::request)?
            .with_profile(profile.clone())
            .with_domains(self.san.iter().cloned())
            .with_addresses(self.ip.iter().copied());
        if let Some(digest) = self.digest {
            request = request.with_digest(digest);
        }
        if let Some(common_name) = &self.cn {
            request = request
                .with_common_name(common_name)
                .map_err(Failure::request)?;
        }
        if let Some(email) = &self.subject.email {
            request = request.with_email(email.clone());
        }
        Ok(request)
    }

    /// Names of one host in the certificates of others would let each pass for the others.
    pub(super) fn refuse_shared_names(&self, hosts: usize) -> Result<(), Failure> {
        let given = [
            ("--cn", self.cn.is_some()),
            ("--san", !self.san.is_empty()),
            ("--ip", !self.ip.is_empty()),
        ];
        match given.into_iter().find(|(_, given)| *given) {
            Some((option, _)) if hosts > 1 => {
                let text = format!("{option} is for one certificate, and {hosts} are to be issued");
                Err(Failure::request(message(text)).hint("issue them one by one"))
            }
            Some(_) | None => Ok(()),
        }
    }
}

impl ProfileArgs {
    /// The profile that was named, else `server`. `ca_conf` may hold profiles of the site.
    pub(super) fn read(&self, ca_conf: Option<&Path>) -> Result<HostProfile, Failure> {
        let profiles = self.profiles(ca_conf)?;
        self.of(&profiles).map_err(|error| {
            Failure::request(error)
                .hint("profiles of a site stand in profiles.toml in ca_conf, or in the file of --profiles")
        })
    }

    /// The profile that was named, of these.
    pub(super) fn of(&self, profiles: &Profiles) -> Result<HostProfile, UnknownProfile> {
        let profile = match &self.profile {
            Some(name) => profiles.get(name)?.clone(),
            None => HostProfile::server(),
        };
        Ok(if self.email_protection {
            profile.with_email_protection()
        } else {
            profile
        })
    }

    /// The built-in profiles and those of the site.
    pub(super) fn profiles(&self, ca_conf: Option<&Path>) -> Result<Profiles, Failure> {
        let of_site = ca_conf.map(|folder| folder.join(SITE_PROFILES));
        match (&self.profiles, of_site) {
            (Some(file), _) => read_profiles(file),
            // What is there and cannot be read must not be passed over.
            (None, Some(file)) if file.symlink_metadata().is_ok() => read_profiles(&file),
            (None, Some(_) | None) => Ok(Profiles::built_in()),
        }
    }
}

fn read_profiles(file: &Path) -> Result<Profiles, Failure> {
    let shown = file.display();
    let contents = limited_file::read(file, MAX_FILE_BYTES, Accepted::AnySource)
        .with_context(|| format!("cannot read the profiles in {shown}"))
        .map_err(Failure::request)?;
    let text = std::str::from_utf8(&contents.bytes)
        .with_context(|| format!("{shown} is no UTF-8 text"))
        .map_err(Failure::request)?;
    Profiles::with_file(text).map_err(|error| {
        let mistakes = error.mistakes();
        for mistake in mistakes {
            let (line, column) = (mistake.line, mistake.column);
            session::say(&format!("{shown}:{line}:{column}: {}", mistake.message));
        }
        let text = match mistakes.len() {
            1 => format!("there is a mistake in the profiles in {shown}"),
            count => format!("there are {count} mistakes in the profiles in {shown}"),
        };
        Failure::request(message(text))
    })
}
