//! What the probe says of the proxies that people put in front of services: nginx, HAProxy, stunnel.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};

use trustpack_e2e::call::{Call, Running};
use trustpack_e2e::pki::{HOST_NAME, Pki, Wish};
use trustpack_e2e::watched::until;

use crate::asked::probe;
use crate::ports;
use crate::sslyze::same_offers_of;

/// Certificates, and a running proxy.
struct Site {
    pki: Pki,
    port: u16,
}

impl Site {
    fn new() -> Self {
        let pki = Pki::new();
        pki.issue(Wish::host("host", "root"));
        pki.issue(Wish::host("desk", "root"));
        let pair = [pki.certificate("host"), pki.key("host")];
        let text: String = pair
            .iter()
            .map(|path| fs::read_to_string(path).unwrap())
            .collect();
        fs::write(pki.path("pair.pem"), text).unwrap();
        Self {
            pki,
            port: ports::free(),
        }
    }

    fn file(&self, name: &str) -> String {
        self.pki.path(name).display().to_string()
    }

    fn config(&self, name: &str, text: &str) -> String {
        fs::write(self.pki.path(name), text).unwrap();
        self.file(name)
    }

    /// Starts it and waits until it listens.
    fn start(&self, call: Call) -> Running {
        let running = call.discard_output().start();
        let address = self.address();
        until("it listens", || TcpStream::connect(address).is_ok());
        running
    }

    fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.port).into()
    }

    /// What is said to a client without a certificate, and to one with.
    #[track_caller]
    fn says(&self, without: &str, with: &str) {
        let root = self.file("root.pem");
        let trusting = ["--quick", "--name", HOST_NAME, "--trusted-ca", &root];
        let asked = probe(self.address(), &trusting);
        assert_eq!(asked.in_short(), without, "{asked}");
        let [own, key] = ["desk.pem", "desk.key"].map(|name| self.file(name));
        let own = ["--certificate", &own, "--certificate-key", &key];
        let asked = probe(self.address(), &[&trusting[..], &own].concat());
        assert_eq!(asked.in_short(), with, "{asked}");
    }
}

#[test]
fn nginx() {
    let check = |verify: &str, without: &str, with: &str| {
        let site = Site::new();
        let text = format!(
            "daemon off; master_process off; pid {dir}/pid; error_log {dir}/log;\nevents {{}}\nhttp {{ access_log off;\nserver {{ \
             listen 127.0.0.1:{port} ssl; ssl_certificate {dir}/host.pem; ssl_certificate_key {dir}/host.key; \
             ssl_protocols TLSv1.2 TLSv1.3; ssl_client_certificate {dir}/root.pem; ssl_verify_client {verify}; }} }}\n",
            dir = site.pki.dir().display(),
            port = site.port,
        );
        let config = site.config("nginx.conf", &text);
        let error_log = site.file("start.log");
        let _running = site.start(Call::foreign("nginx", ["-e", &error_log, "-c", &config]));
        site.says(without, with);
        // It answers plain text in clear, with status 400: it takes none.
        let asked = probe(site.address(), &[]);
        assert_eq!(asked.text("/offers/plain_text"), "refused", "{asked}");
        if verify == "off" {
            same_offers_of("nginx", site.address(), &site.pki);
        }
    };
    let simple = "tls true null TLS 1.3 not-asked";
    check("off", simple, simple);
    // It refuses in HTTP, with status 400: TLS comes about.
    let asked = "tls true null TLS 1.3 let-in";
    check("on", asked, asked);
    check("optional", asked, asked);
}

#[test]
fn haproxy() {
    let check = |verify: &str, without: &str, with: &str| {
        let site = Site::new();
        let text = format!(
            "defaults\n mode tcp\n timeout connect 5s\n timeout client 5s\n timeout server 5s\nfrontend f\n \
             bind 127.0.0.1:{port} ssl crt {dir}/pair.pem {verify}\n default_backend b\nbackend b\n server s 127.0.0.1:1\n",
            dir = site.pki.dir().display(),
            port = site.port,
        );
        let text = text.replace("ROOT", &site.file("root.pem"));
        let config = site.config("haproxy.cfg", &text);
        let _running = site.start(Call::foreign("haproxy", ["-db", "-f", &config]));
        site.says(without, with);
        if verify.is_empty() {
            same_offers_of("HAProxy", site.address(), &site.pki);
        }
    };
    let simple = "tls true null TLS 1.3 not-asked";
    check("", simple, simple);
    let refused = "tls false null TLS 1.3 refused";
    check(
        "ca-file ROOT verify required",
        refused,
        "tls true null TLS 1.3 refused",
    );
    let asked = "tls true null TLS 1.3 let-in";
    check("ca-file ROOT verify optional", asked, asked);
}

#[test]
fn haproxy_that_wants_a_name() {
    let site = Site::new();
    let text = format!(
        "defaults\n mode tcp\n timeout connect 5s\n timeout client 5s\n timeout server 5s\nfrontend f\n \
         bind 127.0.0.1:{port} ssl crt {dir}/pair.pem strict-sni\n default_backend b\nbackend b\n server s 127.0.0.1:1\n",
        dir = site.pki.dir().display(),
        port = site.port,
    );
    let config = site.config("haproxy.cfg", &text);
    let _running = site.start(Call::foreign("haproxy", ["-db", "-f", &config]));
    let asked = probe(site.address(), &["--name", HOST_NAME]);
    let told = asked.text("/offers/name");
    assert_eq!(told, "nothing without a name", "{asked}");
}

#[test]
fn stunnel() {
    let check = |verify: &str, without: &str, with: &str| {
        let site = Site::new();
        let text = format!(
            "foreground = yes\npid =\n[s]\naccept = 127.0.0.1:{port}\nconnect = 127.0.0.1:1\ncert = {dir}/host.pem\n\
             key = {dir}/host.key\n{verify}\n",
            dir = site.pki.dir().display(),
            port = site.port,
        );
        let text = text.replace("ROOT", &site.file("root.pem"));
        let config = site.config("stunnel.conf", &text);
        let _running = site.start(Call::foreign("stunnel4", [&config]));
        site.says(without, with);
        if verify.is_empty() {
            same_offers_of("stunnel", site.address(), &site.pki);
        }
    };
    let simple = "tls true null TLS 1.3 not-asked";
    check("", simple, simple);
    let mutual = "verifyChain = yes\nCAfile = ROOT";
    check(
        mutual,
        "tls false null TLS 1.3 refused",
        "tls true null TLS 1.3 refused",
    );
}
