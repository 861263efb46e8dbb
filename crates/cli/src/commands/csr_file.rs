//! A certification request of somebody else, read from a file and turned into our own request.

use std::path::{Path, PathBuf};

use trustpack_ca::csr::{CheckedCsr, CsrError, CsrRequest};
use trustpack_ca::host::HostName;
use trustpack_x509::request::CertificationRequest;

use super::host_arguments::HostArgs;
use crate::contents_file::{self, Needed};
use crate::failure::{Failure, message};
use crate::session;

/// The file with the request.
#[derive(Debug)]
pub(super) struct CsrFile<'a> {
    path: &'a Path,
    request: CertificationRequest,
}

impl<'a> CsrFile<'a> {
    /// Reads the one request of a file.
    pub(super) fn read(path: &'a Path) -> Result<Self, Failure> {
        let file = contents_file::read(path, None, Needed::Certificates)?;
        let mut requests = file.contents.requests;
        let found = requests.len();
        match (requests.pop(), requests.is_empty()) {
            (Some(request), true) => Ok(Self { path, request }),
            (Some(_), false) => Err(failure(
                path,
                &format!("has {found} requests; there must be one"),
            )),
            (None, _) => Err(failure(path, "has no certification request in it")),
        }
    }

    /// The request as it was read.
    pub(super) fn request(&self) -> &CertificationRequest {
        &self.request
    }

    /// What is taken of it; what is not is said. With a host, only the names that the arguments have.
    pub(super) fn taken(
        &self,
        host: Option<&HostName>,
        arguments: &HostArgs,
    ) -> Result<CsrRequest, Failure> {
        let taken = CheckedCsr::new(&self.request).and_then(|checked| match host {
            Some(host) => checked.for_named_host(host.clone(), &arguments.san, &arguments.ip),
            None => checked.for_its_host(),
        });
        let taken = taken.map_err(|error| {
            let hint = hint(&error);
            let context = format!("no certificate is issued for {}", self.path.display());
            let failure = Failure::request(anyhow::Error::new(error).context(context));
            match hint {
                Some(hint) => failure.hint(hint),
                None => failure,
            }
        })?;
        for left_out in &taken.left_out {
            session::say(&format!("not taken: {left_out}"));
        }
        let names = taken.request.subject_alt_names();
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        if let Ok(subject) = taken.request.subject() {
            session::say(&format!("taken: the subject {subject}"));
        }
        session::say(&format!("taken: {}", names.join(", ")));
        Ok(taken)
    }
}

pub(super) fn hint(error: &CsrError) -> Option<&'static str> {
    match error {
        CsrError::NoHost => Some("name the host on the command line, beside --csr"),
        CsrError::AsksForAuthority => Some("`trustpack ca sub --csr` certifies an intermediate CA"),
        CsrError::UnknownExtension { .. } => {
            Some("let the request be made without it: `trustpack cert request` makes such requests")
        }
        CsrError::Signature(_)
        | CsrError::Name { .. }
        | CsrError::NoCommonName
        | CsrError::Attribute(_)
        | CsrError::Mail { .. } => None,
    }
}

fn failure(path: &Path, what: &str) -> Failure {
    Failure::request(message(format!("{} {what}", path.display())))
}

/// The request, and what else the command line says about it.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct CsrArgs {
    /// Issue for the request (CSR) in this file: its key, and its names; with a HOST, of its names only
    /// those that stand on the command line too
    #[arg(long, value_name = "FILE", conflicts_with_all = ["from", "key", "password_file", "key_group"])]
    pub(super) csr: Option<PathBuf>,
}
