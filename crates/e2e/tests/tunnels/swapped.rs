//! Folders that are swapped under a link, as Kubernetes does with secrets and settings: each file is a link into `..data`,
//! which is a link to a folder with the time in its name; a change makes a new folder, swaps `..data` in one step, and removes
//! the old one.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use trustpack_e2e::ca::{HostFiles, TestCa};
use trustpack_e2e::call::Call;
use trustpack_e2e::folder;
use trustpack_e2e::openssl_peer::s_client;
use trustpack_e2e::plain::{HeldNumber, Service};
use trustpack_e2e::tunnel::Tunnel;

/// A mounted volume.
struct Volume {
    path: PathBuf,
    version: u32,
}

impl Volume {
    /// With these files.
    #[track_caller]
    fn new(path: PathBuf, files: &[(&str, Vec<u8>)]) -> Self {
        fs::create_dir(&path).unwrap();
        for (name, _) in files {
            symlink(Path::new("..data").join(name), path.join(name)).unwrap();
        }
        let mut volume = Self { path, version: 0 };
        volume.put(files);
        volume
    }

    /// Other contents of all files, at once.
    #[track_caller]
    fn put(&mut self, files: &[(&str, Vec<u8>)]) {
        let folder = |version: u32| format!("..2026_11_22_{version}");
        let old = self.path.join(folder(self.version));
        self.version += 1;
        let new = self.path.join(folder(self.version));
        fs::create_dir(&new).unwrap();
        for (name, contents) in files {
            fs::write(new.join(name), contents).unwrap();
        }
        symlink(folder(self.version), self.path.join("..data_tmp")).unwrap();
        fs::rename(self.path.join("..data_tmp"), self.path.join("..data")).unwrap();
        drop(fs::remove_dir_all(old));
    }
}

/// A server whose files are in one volume and whose fleet file is in another.
struct Site {
    ca: TestCa,
    folder: TempDir,
    port: HeldNumber,
    service: Service,
}

impl Site {
    fn new() -> Self {
        Self {
            ca: TestCa::new(),
            folder: folder::temporary(),
            port: HeldNumber::take(),
            service: Service::returning(1),
        }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn fleet(&self, transport: &str) -> String {
        let secret = self.at("secret").display().to_string();
        format!(
            "[[host]]\nname = \"localhost\"\naddresses = [\"127.0.0.2\"]\nplatform = \"unix\"\n[host.security]\n\
             certificate = \"{secret}/tls.crt\"\ncertificate-key = \"{secret}/tls.key\"\ntrusted-ca = \"{secret}/ca.crt\"\n\
             [[application]]\nname = \"S\"\nhost = \"localhost\"\ncertificate-source = \"host\"\n\
             [[application.port]]\nnumber = {}\nmode = \"secured\"\ntransport = \"{transport}\"\ntunnel = \"{}\"\n",
            self.port.number(),
            self.service.address(),
        )
    }

    /// What a client without a certificate is shown, and what comes back.
    #[track_caller]
    fn call(&self, tunnel: &Tunnel) -> (String, String) {
        let server = tunnel.address();
        let client = s_client(server, &self.ca.conf("ca_cert.pem"));
        let outcome = client.stdin(b"x").run();
        let shown = Call::foreign("openssl", ["s_client", "-connect", &server.to_string()]);
        (shown.run().stdout, outcome.stdout)
    }
}

/// The certificate in the form in which OpenSSL shows it.
fn shown(host: &HostFiles) -> String {
    let text = fs::read_to_string(&host.certificate).unwrap();
    let start = text.find("-----BEGIN").unwrap();
    text[start..].trim().to_owned()
}

#[test]
fn volumes_of_kubernetes_are_followed() {
    let site = Site::new();
    let read = |path: &Path| fs::read(path).unwrap();
    let ca = read(&site.ca.conf("ca_cert.pem"));
    let hosts = [(); 3].map(|()| site.ca.issue("localhost", &[]));
    let pairs = hosts
        .each_ref()
        .map(|host| [read(&host.certificate), read(&host.key)]);
    let files = |[certificate, key]: &[Vec<u8>; 2]| {
        [
            ("tls.crt", certificate.clone()),
            ("tls.key", key.clone()),
            ("ca.crt", ca.clone()),
        ]
    };
    let mut secret = Volume::new(site.at("secret"), &files(&pairs[0]));
    let fleet = site.fleet("tls=1");
    let mut settings = Volume::new(site.at("fleet"), &[("fleet.toml", fleet.into_bytes())]);
    let call = Call::trustpack(["tunnel", "run", "--host", "localhost", "--fleet"]);
    let mut tunnel = Tunnel::start(call.arg(site.at("fleet")));
    let (presented, back) = site.call(&tunnel);
    assert!(presented.contains(&shown(&hosts[0])), "{presented}");
    assert_eq!(back, "x");
    // Certificate and key come together: never a pair that does not match.
    for (host, pair) in hosts.iter().zip(&pairs).skip(1) {
        secret.put(&files(pair));
        tunnel.says("presents another certificate from now on");
        let (presented, back) = site.call(&tunnel);
        assert!(presented.contains(&shown(host)), "{presented}");
        assert_eq!(back, "x");
    }
    let mutual = site.fleet("tls=1;tls-mutual=1");
    settings.put(&[("fleet.toml", mutual.into_bytes())]);
    tunnel.says("what it trusts has changed; earlier sessions are not resumed");
    assert_eq!(site.call(&tunnel).1, "");
    let written = tunnel.written();
    assert!(!written.contains("it stays as it was"), "{written}");
    assert!(!written.contains("could not be read again"), "{written}");
}
