//! `create_cert.sh`: the documented script that issues a host certificate in the current CA directory.

use std::net::IpAddr;
use std::path::PathBuf;
use std::str::FromStr;

use trustpack_ca::host::{Domain, HostName, address, name_or_address};
use trustpack_ca::lifetime::Lifetime;
use trustpack_ca::request::HostRequest;
use trustpack_ca_directory::issue::{HostKey, IssueOrder};
use trustpack_keystore::password::Password;
use trustpack_keystore::private_key::spec::KeySpec;
use trustpack_x509::algorithm::Digest;
use trustpack_x509::dns::InvalidDnsName;
use trustpack_x509::name::build::NameBuilder;

use super::ca_arguments::{CaDirArgs, Days, ScriptSubject, attribute, digest, rsa_bits};
use super::issuing;
use crate::failure::{Answer, Failure};
use crate::password_prompt;
use crate::session::Session;

/// Issue a host certificate in the CA directory that is the current folder
///
/// Options are written with one dash: create_cert.sh -host stat1.example.com -CN stat1
#[derive(Debug, clap::Parser)]
#[command(name = "create_cert.sh", version)]
pub(crate) struct CreateCertSh {
    /// Bits of the RSA key
    #[arg(long = "keySz", value_name = "BITS", default_value = "2048", value_parser = rsa_bits)]
    key: KeySpec,
    /// Days until the certificate ends; cut to the end of the CA
    #[arg(long = "time", value_name = "DAYS", default_value_t = Days(Lifetime::HOST))]
    lifetime: Days,
    /// Digest: sha1 (with a warning), sha224, sha256, sha384, sha512; sha256 if not said
    #[arg(long = "dgst", value_name = "DIGEST", value_parser = digest)]
    digest: Option<Digest>,
    /// Full name of the host
    #[arg(long = "host", value_name = "FQDN", value_parser = name::<HostName>)]
    host: HostName,
    /// Common name, at most 64 characters
    #[arg(long = "CN", value_name = "NAME", value_parser = attribute(NameBuilder::common_name))]
    common_name: String,
    /// IP address of the host
    #[arg(long = "IP", value_name = "ADDR", value_parser = address)]
    address: Option<IpAddr>,
    #[command(flatten)]
    subject: ScriptSubject,
    /// More names, separated by commas
    #[arg(long = "SANdomain", value_name = "a,b", value_parser = domains)]
    domains: Option<List<Domain>>,
    /// More IP addresses, separated by commas
    #[arg(long = "SANip", value_name = "a,b", value_parser = addresses)]
    addresses: Option<List<IpAddr>>,
    /// File with the password of the CA's key
    #[arg(long = "ca-password-file", value_name = "F")]
    ca_password_file: Option<PathBuf>,
    /// Protect the PKCS#12 file with the password in this file; else with the empty one
    #[arg(long = "password-file", value_name = "F")]
    password_file: Option<PathBuf>,
    /// Let this group read the files with the key
    #[arg(long = "key-group", value_name = "G")]
    key_group: Option<String>,
}

/// Items that were separated by commas.
#[derive(Clone, Debug)]
struct List<Item>(Vec<Item>);

/// Characters of an item that a mistake repeats.
const SHOWN: usize = 60;

fn name<Name: FromStr<Err = InvalidDnsName>>(text: &str) -> Result<Name, String> {
    name_or_address(text, "with -IP or -SANip")
}

fn domains(text: &str) -> Result<List<Domain>, String> {
    list(text, name)
}

fn addresses(text: &str) -> Result<List<IpAddr>, String> {
    list(text, address)
}

/// Reads items separated by commas; blanks around them are dropped, and so are empty ones.
fn list<Item>(
    text: &str,
    parse: impl Fn(&str) -> Result<Item, String>,
) -> Result<List<Item>, String> {
    let items = text
        .split(',')
        .map(str::trim)
        .filter(|item| !item.is_empty());
    let read = |item: &str| {
        let shown: String = item.chars().take(SHOWN).collect();
        parse(item).map_err(|error| format!("{shown:?}: {error}"))
    };
    items.map(read).collect::<Result<_, _>>().map(List)
}

impl CreateCertSh {
    pub(crate) fn run(self, session: &mut Session) -> Result<Answer, Failure> {
        let key_access = issuing::key_access(self.key_group.as_deref())?;
        let bundle_password = match &self.password_file {
            Some(file) => password_prompt::from_file(file)?,
            None => Password::empty(),
        };
        let addresses = self.addresses.map_or_else(Vec::new, |list| list.0);
        let mut request = HostRequest::new(self.host)
            .with_subject(self.subject.names().map_err(Failure::request)?)
            .with_common_name(&self.common_name)
            .map_err(Failure::request)?
            .with_lifetime(self.lifetime.0)
            .with_domains(self.domains.map_or_else(Vec::new, |list| list.0))
            .with_addresses(self.address.into_iter().chain(addresses));
        if let Some(email) = self.subject.email {
            request = request.with_email(email);
        }
        if let Some(digest) = self.digest {
            request = request.with_digest(digest);
        }
        let order = IssueOrder {
            request,
            key: HostKey::Generate(self.key),
            bundle_password,
            key_access,
            renews: None,
        };
        let ca = CaDirArgs {
            dir: PathBuf::from("."),
            ca_password_file: self.ca_password_file,
        };
        let issued = issuing::with_present_ca(|| {
            let directory = issuing::open_directory_or(
                &ca.dir,
                "change into the CA directory; create_ca.sh makes one",
            )?;
            let authority = issuing::unlock(directory, &ca)?;
            authority
                .issue(&order, session)
                .map_err(issuing::not_issued)
        })?;
        issuing::write_issued(&mut session.out, &issued)?;
        session.out.flush()?;
        Ok(Answer::Done)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_lose_their_blanks() {
        let List(items) = addresses(" 10.0.0.1 , ,::1").expect("two addresses");
        assert_eq!(
            items,
            ["10.0.0.1".parse::<IpAddr>(), "::1".parse()].map(|ip| ip.expect("an address"))
        );
        assert!(addresses("10.0.0.1, x").is_err());
        let error = domains("a.example.com, 10.0.0.1").expect_err("an address");
        assert!(
            error.ends_with("an address goes with -IP or -SANip"),
            "{error}"
        );
    }
}
