//! Arguments of the commands that work on a CA directory, and their reading into checked types.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use trustpack_ca::lifetime::{InvalidLifetime, Lifetime};
use trustpack_keystore::private_key::spec::KeySpec;
use trustpack_x509::algorithm::Digest;
use trustpack_x509::email::EmailAddress;
use trustpack_x509::name::build::{InvalidAttribute, NameBuilder, attribute_text};

/// Which CA directory.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct CaDirArgs {
    /// The CA directory
    #[arg(
        long = "ca",
        value_name = "DIR",
        default_value = ".",
        env = "TRUSTPACK_CA"
    )]
    pub(super) dir: PathBuf,

    /// File with the password of the CA key; else TRUSTPACK_CA_PASSWORD, else the terminal
    #[arg(long, value_name = "FILE")]
    pub(super) ca_password_file: Option<PathBuf>,
}

/// The attributes of a subject beside its common name.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct SubjectArgs {
    /// Mail address; also becomes a subject alternative name
    #[arg(long, value_name = "ADDRESS")]
    pub(super) email: Option<EmailAddress>,
    /// Organizational unit (OU)
    #[arg(long, value_name = "NAME", value_parser = attribute(NameBuilder::organizational_unit))]
    pub(super) unit: Option<String>,
    /// Organization (O)
    #[arg(long, value_name = "NAME", value_parser = attribute(NameBuilder::organization))]
    pub(super) organization: Option<String>,
    /// Locality (L)
    #[arg(long, value_name = "NAME", value_parser = attribute(NameBuilder::locality))]
    pub(super) locality: Option<String>,
    /// State or province (ST)
    #[arg(long, value_name = "NAME", value_parser = attribute(NameBuilder::state))]
    pub(super) state: Option<String>,
    /// Country (C), two letters
    #[arg(long, value_name = "CC", value_parser = attribute(NameBuilder::country))]
    pub(super) country: Option<String>,
}

/// The same under the names of the documented scripts.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct ScriptSubject {
    /// Mail address
    #[arg(short = 'E', value_name = "EMAIL")]
    pub(super) email: Option<EmailAddress>,
    /// Organizational unit
    #[arg(long = "OU", value_name = "U", value_parser = attribute(NameBuilder::organizational_unit))]
    unit: Option<String>,
    /// Organization
    #[arg(short = 'O', value_name = "O", value_parser = attribute(NameBuilder::organization))]
    organization: Option<String>,
    /// Locality
    #[arg(short = 'L', value_name = "L", value_parser = attribute(NameBuilder::locality))]
    locality: Option<String>,
    /// State
    #[arg(short = 'S', value_name = "S", value_parser = attribute(NameBuilder::state))]
    state: Option<String>,
    /// Country, two letters
    #[arg(short = 'C', value_name = "CC", value_parser = attribute(NameBuilder::country))]
    country: Option<String>,
}

impl ScriptSubject {
    /// As [`SubjectArgs::names`].
    pub(super) fn names(&self) -> Result<NameBuilder, InvalidAttribute> {
        let Self {
            email,
            unit,
            organization,
            locality,
            state,
            country,
        } = self.clone();
        let subject = SubjectArgs {
            email,
            unit,
            organization,
            locality,
            state,
            country,
        };
        subject.names()
    }
}

impl SubjectArgs {
    /// The attributes but the mail address, which goes to more than one place.
    pub(super) fn names(&self) -> Result<NameBuilder, InvalidAttribute> {
        self.over(NameBuilder::default())
    }

    /// The same in place of those that are there.
    pub(super) fn over(&self, mut names: NameBuilder) -> Result<NameBuilder, InvalidAttribute> {
        type Set = fn(NameBuilder, &str) -> Result<NameBuilder, InvalidAttribute>;
        let attributes: [(Set, &Option<String>); 5] = [
            (NameBuilder::country, &self.country),
            (NameBuilder::state, &self.state),
            (NameBuilder::locality, &self.locality),
            (NameBuilder::organization, &self.organization),
            (NameBuilder::organizational_unit, &self.unit),
        ];
        for (set, value) in attributes {
            if let Some(value) = value {
                names = set(names, value)?;
            }
        }
        Ok(names)
    }
}

/// A lifetime as the command line has it: a number of days.
#[derive(Clone, Copy, Debug)]
pub(super) struct Days(pub(super) Lifetime);

impl FromStr for Days {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse()
            .map(Self)
            .map_err(|error: InvalidLifetime| error.to_string())
    }
}

impl fmt::Display for Days {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.days().fmt(f)
    }
}

/// The argument as an attribute of a subject.
pub(super) fn attribute(
    set: fn(NameBuilder, &str) -> Result<NameBuilder, InvalidAttribute>,
) -> impl Fn(&str) -> Result<String, InvalidAttribute> + Clone + Send + Sync + 'static {
    move |text| attribute_text(set, text)
}

/// A digest that certificates are signed over.
pub(super) fn digest(text: &str) -> Result<Digest, String> {
    text.parse()
        .map_err(|error: <Digest as FromStr>::Err| error.to_string())
}

/// The length of an RSA key in bits, as the documented scripts take it.
pub(super) fn rsa_bits(text: &str) -> Result<KeySpec, String> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !digits {
        return Err("it must be a whole number of bits".to_owned());
    }
    format!("rsa-{text}")
        .parse()
        .map_err(|error: <KeySpec as FromStr>::Err| error.to_string())
}
