//! Arguments that limit a certificate authority, and say where its revocation lists are.

use trustpack_ca::crl_url::CrlUrl;
use trustpack_ca::profile::words;
use trustpack_ca::request::CaRequest;
use trustpack_ca::subtree::Subtree;
use trustpack_x509::extension::Purpose;

/// What an authority may certify.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct CaLimitArgs {
    /// How many CAs may follow below this one in a chain; any number if not said
    #[arg(long, value_name = "N")]
    path_length: Option<u8>,

    /// The only names that the CA may certify: dns:example.com (and all below), ip:10.0.0.0/8,
    /// email:example.com, dirname:C=DE,O=Example; may be given several times. Names of another kind are
    /// not limited
    #[arg(long, value_name = "KIND:NAME")]
    permit: Vec<Subtree>,

    /// Names that the CA must not certify, written as with --permit
    #[arg(long, value_name = "KIND:NAME")]
    exclude: Vec<Subtree>,

    /// The only purposes that the CA can give, separated by commas: serverAuth, clientAuth,
    /// emailProtection, or an object identifier; any if not said
    #[arg(long, value_name = "PURPOSE", value_delimiter = ',', value_parser = purpose)]
    purpose: Vec<Purpose>,

    /// Where the CA's revocation list will be, such as <http://pki.example.com/ca.crl>; stands in what
    /// the CA issues. May be given several times
    #[arg(long, value_name = "URL")]
    crl_distribution_point: Vec<CrlUrl>,
}

impl CaLimitArgs {
    /// Puts the limits into a request.
    pub(super) fn limit(self, request: CaRequest) -> CaRequest {
        let request = request
            .with_names(&self.permit, &self.exclude)
            .with_purposes(self.purpose)
            .with_crl_urls(self.crl_distribution_point);
        match self.path_length {
            Some(path_length) => request.with_path_length(path_length),
            None => request,
        }
    }
}

fn purpose(text: &str) -> Result<Purpose, String> {
    words::purpose(text).map_err(|error| error.to_string())
}
