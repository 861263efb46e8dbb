//! The programs that are compared, each as its documentation has it for a TLS listener before a plain program.
//!
//! Two workers or threads each, as the machine has cores. What is not said is what the program does by default.

use std::fs;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::Context as _;
use serde::Serialize;

use super::accounts;
use crate::authority::Issued;
use crate::ground::Ground;

/// A program that takes TLS in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Program {
    Trustpack,
    Haproxy,
    Nginx,
    Hitch,
    Stunnel,
}

/// What they all get.
pub(super) struct Setup<'a> {
    pub(super) ground: &'a Ground,
    pub(super) folder: PathBuf,
    pub(super) own: &'a Issued,
    pub(super) ca: PathBuf,
    pub(super) clients: Clients,
    pub(super) backend: SocketAddr,
}

/// Whether clients must show a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Clients {
    Anybody,
    WithCertificate,
}

/// A program that runs until this goes.
#[derive(Debug)]
pub(super) struct Running {
    child: Child,
    pub(super) address: SocketAddr,
    /// Its memory before anybody had called.
    pub(super) at_rest_kibibytes: f64,
}

impl Program {
    pub(super) const ALL: [Self; 5] = [
        Self::Trustpack,
        Self::Haproxy,
        Self::Nginx,
        Self::Hitch,
        Self::Stunnel,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Trustpack => "trustpack",
            Self::Haproxy => "haproxy",
            Self::Nginx => "nginx",
            Self::Hitch => "hitch",
            Self::Stunnel => "stunnel",
        }
    }

    /// What it says of its version.
    pub(super) fn version(self) -> String {
        let (program, argument) = match self {
            Self::Trustpack => return "this tree".to_owned(),
            Self::Haproxy => ("haproxy", "-v"),
            Self::Nginx => ("nginx", "-v"),
            Self::Hitch => ("hitch", "--version"),
            Self::Stunnel => ("stunnel4", "-version"),
        };
        let said = Command::new(program).arg(argument).output();
        let said = said.map_or_else(
            |error| error.to_string(),
            |said| {
                let text = [said.stdout, said.stderr].concat();
                String::from_utf8_lossy(&text).trim().to_owned()
            },
        );
        // stunnel begins with something else.
        let mut lines = said.lines();
        let line = lines.find(|line| line.contains(|character: char| character.is_ascii_digit()));
        line.unwrap_or_default().to_owned()
    }

    /// Starts it, and waits until it listens.
    pub(super) fn start(self, setup: &Setup<'_>) -> anyhow::Result<Running> {
        let address = free_address()?;
        let mut command = self.command(setup, address)?;
        let log = fs::File::create(setup.folder.join(format!("{}.log", self.name())))?;
        let child = command
            .current_dir(&setup.folder)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .with_context(|| format!("cannot start {command:?}"))?;
        let mut running = Running {
            child,
            address,
            at_rest_kibibytes: 0.0,
        };
        for _ in 0..500 {
            if TcpStream::connect(address).is_ok() {
                running.at_rest_kibibytes = accounts::kibibytes(running.process())?;
                return Ok(running);
            }
            thread::sleep(Duration::from_millis(20));
        }
        anyhow::bail!(
            "{command:?} does not listen; its log is in {}",
            setup.folder.display()
        )
    }

    fn command(self, setup: &Setup<'_>, listen: SocketAddr) -> anyhow::Result<Command> {
        let with = |program: &str, arguments: &[&str], file: Option<&Path>| {
            let mut command = Command::new(program);
            command.args(arguments).args(file);
            command
        };
        Ok(match self {
            Self::Trustpack => setup.trustpack(listen),
            Self::Haproxy => {
                let file = setup.write("haproxy.cfg", &setup.haproxy(listen)?)?;
                with("haproxy", &["-db", "-q", "-f"], Some(&file))
            }
            Self::Nginx => {
                let file = setup.write("nginx.conf", &setup.nginx(listen))?;
                with("nginx", &["-e", "/dev/null", "-c"], Some(&file))
            }
            Self::Hitch => {
                let file = setup.write("hitch.conf", &setup.hitch(listen)?)?;
                with("hitch", &["--config"], Some(&file))
            }
            Self::Stunnel => {
                let file = setup.write("stunnel.conf", &setup.stunnel(listen))?;
                with("stunnel4", &[], Some(&file))
            }
        })
    }
}

impl Setup<'_> {
    fn trustpack(&self, listen: SocketAddr) -> Command {
        let mut command = Command::new(self.ground.trustpack());
        command
            .args(["tunnel", "server", "--listen", &listen.to_string()])
            .args(["--to", &self.backend.to_string()])
            .arg("--certificate")
            .arg(&self.own.certificate)
            .arg("--certificate-key")
            .arg(&self.own.key);
        if self.clients == Clients::WithCertificate {
            command
                .args(["--tls-mutual", "1", "--trusted-ca"])
                .arg(&self.ca);
        }
        command
    }

    fn haproxy(&self, listen: SocketAddr) -> anyhow::Result<String> {
        let pem = self.combined()?;
        let (pem, ca, backend) = (pem.display(), self.ca.display(), self.backend);
        let verify = match self.clients {
            Clients::Anybody => String::new(),
            Clients::WithCertificate => format!(" ca-file {ca} verify required"),
        };
        Ok(format!(
            "global\n    nbthread 2\n    maxconn 9900\n\
             defaults\n    mode tcp\n    timeout connect 10s\n    timeout client 1h\n    timeout server 1h\n\
             frontend tls\n    bind {listen} ssl crt {pem}{verify}\n    default_backend plain\n\
             backend plain\n    server one {backend}\n"
        ))
    }

    fn nginx(&self, listen: SocketAddr) -> String {
        let (own, key, ca) = (
            self.own.certificate.display(),
            self.own.key.display(),
            self.ca.display(),
        );
        let backend = self.backend;
        let verify = match self.clients {
            Clients::Anybody => String::new(),
            Clients::WithCertificate => {
                format!("ssl_verify_client on; ssl_client_certificate {ca};")
            }
        };
        let pid = self.folder.join("nginx.pid");
        format!(
            "load_module /usr/lib/nginx/modules/ngx_stream_module.so;\n\
             daemon off; worker_processes 2; pid {};\nevents {{ worker_connections 19000; }}\n\
             stream {{ server {{ listen {listen} ssl; ssl_certificate {own}; ssl_certificate_key {key};\n\
             ssl_protocols TLSv1.2 TLSv1.3; {verify} proxy_pass {backend}; proxy_timeout 1h; }} }}\n",
            pid.display()
        )
    }

    fn hitch(&self, listen: SocketAddr) -> anyhow::Result<String> {
        let pem = self.combined()?;
        let address = |of: SocketAddr| format!("[{}]:{}", of.ip(), of.port());
        let (frontend, backend) = (address(listen), address(self.backend));
        let verify = match self.clients {
            Clients::Anybody => String::new(),
            Clients::WithCertificate => {
                format!(
                    "client-verify = required\nclient-verify-ca = \"{}\"\n",
                    self.ca.display()
                )
            }
        };
        // It refuses to work as root, under whom benches may run.
        let user = if rustix::process::geteuid().is_root() {
            "user = \"_hitch\"\n"
        } else {
            ""
        };
        Ok(format!(
            "frontend = \"{frontend}\"\nbackend = \"{backend}\"\npem-file = \"{}\"\nworkers = 2\ndaemon = off\n\
             log-level = 0\n{user}{verify}",
            pem.display()
        ))
    }

    fn stunnel(&self, listen: SocketAddr) -> String {
        let (own, key, ca) = (
            self.own.certificate.display(),
            self.own.key.display(),
            self.ca.display(),
        );
        let backend = self.backend;
        let verify = match self.clients {
            Clients::Anybody => String::new(),
            Clients::WithCertificate => {
                format!("verifyChain = yes\nrequireCert = yes\nCAfile = {ca}\n")
            }
        };
        format!(
            "foreground = yes\npid =\ndebug = 3\n[tls]\naccept = {listen}\nconnect = {backend}\ncert = {own}\nkey = {key}\n{verify}"
        )
    }

    /// Certificate and key in one file.
    fn combined(&self) -> anyhow::Result<PathBuf> {
        let both = [&self.own.certificate, &self.own.key].map(fs::read_to_string);
        let [certificate, key] = both;
        self.write("combined.pem", &format!("{}{}", certificate?, key?))
    }

    fn write(&self, name: &str, text: &str) -> anyhow::Result<PathBuf> {
        let path = self.folder.join(name);
        fs::write(&path, text)?;
        Ok(path)
    }
}

impl Running {
    pub(super) fn process(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // With its children, of which it would else not tell all.
        let ended = Command::new("kill")
            .arg(self.child.id().to_string())
            .status();
        if ended.is_err() {
            drop(self.child.kill());
        }
        drop(self.child.wait());
    }
}

/// An address where nobody listens.
fn free_address() -> anyhow::Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}
