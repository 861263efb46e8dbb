//! Servers of each make with these configurations, on ports of their own.
//!
//! Invariant: all that runs ends with what is given.

use std::any::Any;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::PathBuf;

use tempfile::TempDir;
use trustpack_e2e::call::Call;
use trustpack_e2e::folder;
use trustpack_e2e::watched::{Watched, until};

use super::configured::{Config, Key, Prefers, Version};
use crate::ports;

/// Where the servers listen, in the order of the configurations, and what keeps them running.
pub(super) struct Running {
    pub(super) addresses: Vec<SocketAddr>,
    _programs: Vec<Box<dyn Any>>,
}

/// A make of servers.
pub(super) trait Make {
    fn name(&self) -> &'static str;

    /// Starts one for each configuration.
    fn start(&self, keys: &Keys, configs: &[Config]) -> Running;
}

/// A key of each kind, and a certificate of its own making.
pub(super) struct Keys {
    folder: TempDir,
}

impl Keys {
    #[track_caller]
    pub(super) fn made() -> Self {
        let keys = Self {
            folder: folder::temporary(),
        };
        for key in Key::ALL {
            keys.make(key);
        }
        keys
    }

    #[track_caller]
    fn make(&self, key: Key) {
        let options: &[&str] = match key {
            Key::Rsa => &["RSA", "rsa_keygen_bits:2048"],
            Key::RsaPss => &["RSA-PSS", "rsa_keygen_bits:2048"],
            Key::P256 => &["EC", "ec_paramgen_curve:P-256"],
            Key::P521 => &["EC", "ec_paramgen_curve:P-521"],
            Key::Brainpool => &["EC", "ec_paramgen_curve:brainpoolP256r1"],
            Key::Ed25519 => &["ED25519"],
            Key::Ed448 => &["ED448"],
            Key::Dsa => &[],
        };
        let [own, pem, pair] = ["key", "pem", "pair"].map(|end| self.file(key, end));
        let call = match options {
            [algorithm, more @ ..] => {
                let call = Call::foreign("openssl", ["genpkey", "-algorithm", algorithm]);
                let more = more.iter().flat_map(|option| ["-pkeyopt", option]);
                call.args(more).arg("-out").arg(&own)
            }
            // With parameters of today it would take a minute.
            [] => Call::foreign("openssl", ["dsaparam", "-genkey", "-noout", "-out"])
                .arg(&own)
                .arg("1024"),
        };
        call.succeeds();
        let words = [
            "req",
            "-x509",
            "-subj",
            "/CN=host.example.com",
            "-days",
            "300",
            "-key",
        ];
        let call = Call::foreign("openssl", words).arg(&own).arg("-out");
        call.arg(&pem).succeeds();
        let text = [&pem, &own].map(|file| fs::read_to_string(file).unwrap());
        fs::write(pair, text.concat()).unwrap();
    }

    pub(super) fn file(&self, key: Key, end: &str) -> PathBuf {
        self.folder.path().join(format!("{key:?}.{end}"))
    }

    /// A folder in which each of these hosts has the files of this machine.
    #[track_caller]
    pub(super) fn roots(&self, hosts: &[&str]) -> PathBuf {
        for host in hosts {
            let link = self.folder.path().join(host);
            if !link.exists() {
                std::os::unix::fs::symlink("/", link).unwrap();
            }
        }
        self.folder.path().to_owned()
    }

    /// Writes a file beside the keys.
    #[track_caller]
    pub(super) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, text).unwrap();
        path
    }
}

impl Config {
    /// Suites of TLS 1.2 and older, with all that is weak allowed.
    fn ciphers(&self) -> String {
        format!("{}:@SECLEVEL=0", self.suites.join(":"))
    }

    fn lowest(&self) -> Version {
        self.versions.iter().copied().min().unwrap()
    }

    fn highest(&self) -> Version {
        self.versions.iter().copied().max().unwrap()
    }
}

/// A version as OpenSSL, HAProxy and nginx write it.
fn version(version: Version) -> &'static str {
    match version {
        Version::Tls11 => "TLSv1.1",
        Version::Tls12 => "TLSv1.2",
        Version::Tls13 => "TLSv1.3",
    }
}

fn local(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}

/// `openssl s_server`, one process for each.
pub(super) struct Openssl;

impl Make for Openssl {
    fn name(&self) -> &'static str {
        "OpenSSL"
    }

    fn start(&self, keys: &Keys, configs: &[Config]) -> Running {
        let started = configs.iter().map(|config| {
            let groups = config.groups.join(":");
            let ciphers = config.ciphers();
            let of_tls13 = config.of_tls13.join(":");
            let call = Call::foreign("openssl", ["s_server", "-rev", "-accept", "127.0.0.1:0"])
                .args(["-min_protocol", version(config.lowest())])
                .args(["-max_protocol", version(config.highest())])
                .args(["-groups", &groups, "-cipher", &ciphers])
                .args(["-ciphersuites", &of_tls13, "-cert"])
                .arg(keys.file(config.key, "pem"))
                .arg("-key")
                .arg(keys.file(config.key, "key"));
            Watched::start(match config.prefers {
                Prefers::Server => call.arg("-serverpref"),
                Prefers::Client => call,
            })
        });
        // All start at once, and then each is waited for.
        let started: Vec<Watched> = started.collect();
        let listening = started.into_iter().map(|mut server| {
            let address: SocketAddr =
                server.line(|line| line.strip_prefix("ACCEPT ")?.parse().ok());
            let server: Box<dyn Any> = Box::new(server);
            (address, server)
        });
        let (addresses, programs) = listening.unzip();
        Running {
            addresses,
            _programs: programs,
        }
    }
}

/// One process with a port for each, which has been started when the last of its ports listens.
fn of_one(call: Call, ports: &[u16]) -> Running {
    let running = call.discard_output().start();
    let addresses: Vec<SocketAddr> = ports.iter().copied().map(local).collect();
    for address in &addresses {
        until("it listens", || TcpStream::connect(address).is_ok());
    }
    Running {
        addresses,
        _programs: vec![Box::new(running)],
    }
}

fn numbered(configs: &[Config]) -> Vec<u16> {
    configs.iter().map(|_| ports::free()).collect()
}

/// HAProxy, which prefers its own order unless it is told otherwise.
pub(super) struct Haproxy;

impl Make for Haproxy {
    fn name(&self) -> &'static str {
        "HAProxy"
    }

    fn start(&self, keys: &Keys, configs: &[Config]) -> Running {
        let ports = numbered(configs);
        let mut text = "global\n maxconn 1000\n nbthread 1\ndefaults\n mode tcp\n timeout connect 5s\n timeout client 5s\n \
            timeout server 5s\nbackend b\n server s 127.0.0.1:1\nfrontend f\n default_backend b\n"
            .to_owned();
        for (config, port) in configs.iter().zip(&ports) {
            text.push_str(&format!(
                " bind 127.0.0.1:{port} ssl crt {pair} ssl-min-ver {lowest} ssl-max-ver {highest} curves {groups} ciphers {ciphers} \
                 ciphersuites {of_tls13}{prefers}\n",
                pair = keys.file(config.key, "pair").display(),
                lowest = version(config.lowest()),
                highest = version(config.highest()),
                groups = config.groups.join(":"),
                ciphers = config.ciphers(),
                of_tls13 = config.of_tls13.join(":"),
                prefers = match config.prefers {
                    Prefers::Server => "",
                    Prefers::Client => " prefer-client-ciphers",
                },
            ));
        }
        let file = keys.write("haproxy.cfg", &text);
        of_one(Call::foreign("haproxy", ["-db", "-f"]).arg(file), &ports)
    }
}

/// nginx, a server block for each.
pub(super) struct Nginx;

impl Make for Nginx {
    fn name(&self) -> &'static str {
        "nginx"
    }

    fn start(&self, keys: &Keys, configs: &[Config]) -> Running {
        let ports = numbered(configs);
        let dir = keys.folder.path().display();
        let mut text = format!(
            "daemon off; master_process off; pid {dir}/pid; error_log {dir}/log;\nevents {{ worker_connections 4096; }}\nhttp {{ access_log off;\n"
        );
        for (config, port) in configs.iter().zip(&ports) {
            let versions: Vec<&str> = config.versions.iter().copied().map(version).collect();
            text.push_str(&format!(
                "server {{ listen 127.0.0.1:{port} ssl; ssl_certificate {own}; ssl_certificate_key {key}; ssl_protocols {versions}; \
                 ssl_ecdh_curve {groups}; ssl_ciphers \"{ciphers}\"; ssl_conf_command Ciphersuites {of_tls13}; \
                 ssl_prefer_server_ciphers {prefers}; {signatures}}}\n",
                own = keys.file(config.key, "pem").display(),
                key = keys.file(config.key, "key").display(),
                versions = versions.join(" "),
                groups = config.groups.join(":"),
                ciphers = config.ciphers(),
                of_tls13 = config.of_tls13.join(":"),
                prefers = match config.prefers {
                    Prefers::Server => "on",
                    Prefers::Client => "off",
                },
                signatures = match &config.signatures[..] {
                    [] => String::new(),
                    own => format!("ssl_conf_command SignatureAlgorithms {}; ", own.join(":")),
                },
            ));
        }
        text.push_str("}\n");
        let file = keys.write("nginx.conf", &text);
        let error_log = keys.write("start.log", "");
        let call = Call::foreign("nginx", ["-e"]).arg(error_log).arg("-c");
        of_one(call.arg(file), &ports)
    }
}

/// `gnutls-serv`, one process for each.
pub(super) struct Gnutls;

impl Make for Gnutls {
    fn name(&self) -> &'static str {
        "GnuTLS"
    }

    fn start(&self, keys: &Keys, configs: &[Config]) -> Running {
        let started = configs.iter().map(|config| {
            let port = ports::free();
            let words = [
                "-oL",
                "gnutls-serv",
                "--echo",
                "--disable-client-cert",
                "--port",
            ];
            let call = Call::foreign("stdbuf", words)
                .arg(port.to_string())
                .args(["--priority", &priority(config), "--x509certfile"])
                .arg(keys.file(config.key, "pem"))
                .arg("--x509keyfile")
                .arg(keys.file(config.key, "key"));
            (local(port), Watched::start(call))
        });
        let started: Vec<(SocketAddr, Watched)> = started.collect();
        let listening = started.into_iter().map(|(address, mut server)| {
            server.line(|line| (line.contains("IPv4") && line.ends_with("done")).then_some(()));
            let server: Box<dyn Any> = Box::new(server);
            (address, server)
        });
        let (addresses, programs) = listening.unzip();
        Running {
            addresses,
            _programs: programs,
        }
    }
}

/// What GnuTLS calls the same.
fn priority(config: &Config) -> String {
    let mut words = vec!["NONE", "+MAC-ALL", "+SIGN-ALL", "+COMP-NULL", "+CTYPE-X509"];
    for version in &config.versions {
        words.push(match version {
            Version::Tls11 => "+VERS-TLS1.1",
            Version::Tls12 => "+VERS-TLS1.2",
            Version::Tls13 => "+VERS-TLS1.3",
        });
    }
    for group in &config.groups {
        words.push(match *group {
            "X25519" => "+GROUP-X25519",
            "P-256" => "+GROUP-SECP256R1",
            "P-521" => "+GROUP-SECP521R1",
            other => panic!("{other}"),
        });
    }
    let of_rsa = |suite: &String| suite.starts_with("ECDHE-RSA-");
    for (has, word) in [
        (config.suites.iter().any(of_rsa), "+ECDHE-RSA"),
        (!config.suites.iter().all(of_rsa), "+ECDHE-ECDSA"),
    ] {
        words.extend(has.then_some(word));
    }
    let has = |end: &str| config.suites.iter().any(|suite| suite.ends_with(end));
    // Ciphers are for both versions: what is taken out of one is taken out of the other.
    if has("GCM-SHA256") || config.of_tls13.iter().any(|suite| suite.contains("GCM")) {
        words.push("+AES-128-GCM");
    }
    if config.of_tls13.iter().any(|suite| suite.contains("CCM")) {
        words.push("+AES-128-CCM");
    }
    if has("-SHA") {
        words.push("+AES-128-CBC");
    }
    words.extend(match config.prefers {
        Prefers::Server => Some("%SERVER_PRECEDENCE"),
        Prefers::Client => None,
    });
    words.join(":")
}
