//! Bundles: for each target that runs here the program itself uses the files, with the lines that lie
//! beside them; of the others the files are read by somebody else.

mod again;
mod files;
mod java;
mod programs;
mod refused;
mod windows;

use std::fs;
use std::path::{Path, PathBuf};

use trustpack_e2e::ca::TestCa;
use trustpack_e2e::call::Outcome;
use trustpack_e2e::folder;

/// A server and a client under one CA, each with a bundle of some target.
struct Peers {
    _ca: TestCa,
    server: Bundle,
    client: Bundle,
}

/// A folder that `--for` made.
struct Bundle {
    folder: PathBuf,
}

impl Peers {
    /// The client always has a bundle for OpenSSL.
    #[track_caller]
    fn new(target: &str) -> Self {
        let ca = TestCa::new();
        let server = Bundle::issued(&ca, "db1.example.com", target, &[]);
        let client = Bundle::issued(&ca, "gui7.example.com", "openssl", &[]);
        Self {
            _ca: ca,
            server,
            client,
        }
    }
}

impl Bundle {
    /// Issues a certificate with one bundle.
    #[track_caller]
    fn issued(ca: &TestCa, host: &str, target: &str, arguments: &[&str]) -> Self {
        let call = ca.issue_call(host, &["--for", target]).args(arguments);
        Self::told(&call.succeeds(), target)
    }

    /// The folder that a command told of.
    #[track_caller]
    fn told(told: &Outcome, target: &str) -> Self {
        let begin = format!("for {target}  ");
        let folder = told
            .stdout
            .lines()
            .find_map(|line| line.strip_prefix(&begin));
        let Some(folder) = folder else {
            panic!("no bundle for {target}: {told}");
        };
        let folder = PathBuf::from(folder);
        assert!(folder.is_dir(), "{told}");
        Self { folder }
    }

    /// The file of this name, or the one that ends so behind the host.
    #[track_caller]
    fn file(&self, end: &str) -> PathBuf {
        let mut found = names(&self.folder);
        found.retain(|name| {
            let rest = name.split_once('_').map(|(_, rest)| rest);
            name == end
                || !name.starts_with("ca_") && rest.is_some() && rest == end.strip_prefix('_')
        });
        match found.as_slice() {
            [name] => self.folder.join(name),
            _ => panic!("{found:?} in {} for {end}", self.folder.display()),
        }
    }

    /// A text in it.
    #[track_caller]
    fn text(&self, end: &str) -> String {
        fs::read_to_string(self.file(end)).unwrap()
    }
}

/// Names of the files of a folder, in order.
#[track_caller]
fn names(folder: &Path) -> Vec<String> {
    let listing = folder::listing(folder);
    listing
        .keys()
        .map(|path| path.display().to_string())
        .collect()
}
