//! A real handshake with `openssl` at one end or at both, over the loopback.
//!
//! It is told what a program gives to OpenSSL that goes by the settings of the end: the first certificate of the file as
//! its own and the others as they stand, as `SSL_CTX_use_certificate_chain_file` takes them, whom it trusts, and what it
//! checks. Its security level is told too: there are builds of OpenSSL with level 1, which has keys of 1024 bits, and with 2.

use std::ffi::OsString;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;
use std::{fs, thread};

use trustpack_judge::reason::Step;
use trustpack_keystore::pem;
use trustpack_settings::endpoint::{Endpoint, Role, ServerCheck};
use trustpack_settings::value::{ClientCertificate, PeerName};
use trustpack_tls::client::ClientContext;
use trustpack_tls::server::ServerContext;
use trustpack_x509::time::Timestamp;

use crate::loopback::{self, Cause, Outcome, PATIENCE, Words};

/// The security level of OpenSSL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    /// Takes RSA keys of 1024 bits.
    One,
    /// Takes none of them.
    Two,
}

impl Level {
    fn ciphers(self) -> &'static str {
        match self {
            Self::One => "DEFAULT@SECLEVEL=1",
            Self::Two => "DEFAULT@SECLEVEL=2",
        }
    }
}

/// What is said to a server that answers with the same backwards.
const REVERSED: Words = Words {
    said: b"word\n",
    heard: b"drow\n",
};

/// An end that is OpenSSL: what it is started with.
pub(crate) struct End {
    role: Role,
    arguments: Vec<OsString>,
}

/// A program of OpenSSL that runs.
struct Running {
    child: Child,
    role: Role,
}

impl End {
    /// The end of these settings, whose files are under `root`. Certificates are judged as at this moment.
    pub(crate) fn new(endpoint: &Endpoint, root: &Path, (at, level): (Timestamp, Level)) -> Self {
        let file = |path: &dyn ToString| root.join(path.to_string().trim_start_matches('/'));
        let settings = endpoint.settings();
        let mut arguments: Vec<OsString> = vec!["-cipher".into(), level.ciphers().into()];
        arguments.extend(["-attime".into(), at.unix().to_string().into()]);
        let own = settings.certificate.value.files().first();
        if let (Some(own), Some(key)) = (own, &settings.certificate_key.value) {
            let (first, others) = divided(&file(own));
            arguments.extend([
                "-cert".into(),
                first.into(),
                "-key".into(),
                file(key).into(),
            ]);
            if let Some(others) = others {
                arguments.extend(["-cert_chain".into(), others.into()]);
            }
        }
        if let Some(trusted) = &settings.trusted_ca.value {
            let trusted = file(trusted);
            let lists = settings.crl.value.as_ref().map(|lists| file(lists));
            if lists.is_some() {
                arguments.push("-crl_check_all".into());
            }
            arguments.extend([
                "-CAfile".into(),
                together(&trusted, lists.as_deref()).into(),
            ]);
        }
        let checks = match (endpoint.role(), endpoint.server_check()) {
            (Role::Server, _) => match settings.tls_mutual.value {
                ClientCertificate::Required => vec!["-Verify", "9", "-verify_return_error"],
                ClientCertificate::NotAsked => Vec::new(),
            },
            (Role::Client, None | Some(ServerCheck::DangerNone)) => Vec::new(),
            (Role::Client, Some(_)) => vec!["-verify", "9", "-verify_return_error"],
        };
        arguments.extend(checks.into_iter().map(OsString::from));
        if let Some(ServerCheck::ChainAndName(PeerName::Dns(name))) = endpoint.server_check() {
            arguments.extend(["-verify_hostname".into(), name.to_string().into()]);
        }
        Self {
            role: endpoint.role(),
            arguments,
        }
    }

    /// It is the server.
    pub(crate) fn serve(&self, client: &ClientContext) -> Outcome {
        let (server, address) = match self.listen() {
            Ok(running) => running,
            Err(not_started) => return not_started,
        };
        let stream = TcpStream::connect(&*address).unwrap();
        let of_client = loopback::talk(client.connection().unwrap(), &stream, REVERSED);
        drop(stream);
        loopback::outcome([of_client.err(), None], || server.refused())
    }

    /// It is the client.
    pub(crate) fn dial(&self, server: &ServerContext) -> Outcome {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let mut client = self.client(&address);
        let Some(stream) = client.comes(&listener) else {
            return client.not_started();
        };
        client
            .child
            .stdin
            .as_mut()
            .unwrap()
            .write_all(b"word")
            .unwrap();
        let of_server = loopback::talk(server.connection().unwrap(), &stream, Words::SAME);
        drop(stream);
        loopback::outcome([of_server.err(), None], || client.refused())
    }

    /// Both ends are OpenSSL, this one the server.
    pub(crate) fn meet(&self, client: &Self) -> Outcome {
        let (server, address) = match self.listen() {
            Ok(running) => running,
            Err(not_started) => return not_started,
        };
        let mut client = client.client(&address);
        // A client that has ended does not take it.
        let _said = client
            .child
            .stdin
            .as_mut()
            .unwrap()
            .write_all(REVERSED.said);
        let mut heard = vec![0; REVERSED.heard.len()];
        let answer = client.child.stdout.as_mut().unwrap().read_exact(&mut heard);
        if answer.is_ok() {
            assert_eq!(heard, REVERSED.heard);
            return Outcome::Works;
        }
        let said = client.end();
        // A client whose key is of another certificate ends before it connects.
        if said.contains("key values mismatch") || said.contains("does not match") {
            return not_started(Role::Client, said);
        }
        step(&said)
            .or_else(|| server.refused())
            .unwrap_or_else(|| panic!("nobody refused: {said}"))
    }

    /// Starts it as a server on a free port.
    fn listen(&self) -> Result<(Running, String), Outcome> {
        let mut server = self.start(&["s_server", "-rev", "-accept", "127.0.0.1:0"]);
        let output = server.child.stdout.take().unwrap();
        let mut lines = BufReader::new(output).lines().map_while(Result::ok);
        let address = lines.find_map(|line| line.strip_prefix("ACCEPT ").map(str::to_owned));
        // What else it writes is read until its end, so that it never waits for us.
        thread::spawn(move || lines.for_each(drop));
        match address {
            Some(address) => Ok((server, address)),
            None => Err(server.not_started()),
        }
    }

    fn client(&self, address: &str) -> Running {
        self.start(&["s_client", "-quiet", "-connect", address])
    }

    fn start(&self, words: &[&str]) -> Running {
        let child = Command::new("openssl")
            .args(words)
            .args(&self.arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let role = self.role;
        Running { child, role }
    }
}

impl Running {
    /// The connection of a client; `None` if it has ended before.
    fn comes(&mut self, listener: &TcpListener) -> Option<TcpStream> {
        let deadline = Instant::now() + PATIENCE;
        listener.set_nonblocking(true).unwrap();
        loop {
            if let Ok((stream, _)) = listener.accept() {
                stream.set_nonblocking(false).unwrap();
                return Some(stream);
            }
            if self.child.try_wait().unwrap().is_some() {
                return None;
            }
            assert!(Instant::now() < deadline, "OpenSSL does not come");
            thread::yield_now();
        }
    }

    /// What it says of its peer, if it refused that.
    fn refused(mut self) -> Option<Outcome> {
        step(&self.end())
    }

    fn not_started(mut self) -> Outcome {
        let role = self.role;
        not_started(role, self.end())
    }

    /// Ends it, and gives what it has said.
    fn end(&mut self) -> String {
        // It may have ended by itself.
        let _killed = self.child.kill();
        let mut said = String::new();
        let mut output = self.child.stderr.take().unwrap();
        output.read_to_string(&mut said).unwrap();
        self.child.wait().unwrap();
        said
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _killed = self.child.kill();
        let _ended = self.child.wait();
    }
}

fn not_started(role: Role, said: String) -> Outcome {
    let cause = Cause::Openssl(said);
    Outcome::NotStarted { role, cause }
}

/// The first certificate of a file, and the others if there are some, each in a file of its own beside it.
fn divided(own: &Path) -> (PathBuf, Option<PathBuf>) {
    let certificates = pem::read_certificates(&fs::read(own).unwrap()).unwrap();
    let (first, others) = certificates.split_first().unwrap();
    let write = |name: &str, certificates: &[_]| {
        let path = own.with_extension(name);
        fs::write(&path, pem::certificates_to_pem(certificates)).unwrap();
        path
    };
    let first = write("first", std::slice::from_ref(first));
    let others = (!others.is_empty()).then(|| write("others", others));
    (first, others)
}

/// What is trusted, and lists behind it: so OpenSSL takes several of them.
fn together(trusted: &Path, lists: Option<&Path>) -> PathBuf {
    let Some(lists) = lists else {
        return trusted.to_owned();
    };
    let both = [fs::read(trusted).unwrap(), fs::read(lists).unwrap()].concat();
    let path = trusted.with_extension("both");
    fs::write(&path, both).unwrap();
    path
}

/// The step at which OpenSSL refuses its peer, if it says so.
///
/// Source: OpenSSL 3.0, `X509_STORE_CTX_get_error(3)`.
fn step(said: &str) -> Option<Outcome> {
    const PATH: &[u32] = &[2, 7, 18, 19, 20, 21, 22, 24, 25, 26, 32, 66, 67, 68];
    const REVOCATION: &[u32] = &[3, 4, 8, 11, 12, 23, 33];
    const DATES: &[u32] = &[9, 10];
    const NAME: &[u32] = &[62];
    let number = said.split("verify error:num=").nth(1);
    let number = number.and_then(|rest| rest.split(':').next()?.parse().ok());
    let steps = [
        (PATH, Step::Path),
        (NAME, Step::Name),
        (DATES, Step::Dates),
        (REVOCATION, Step::Revocation),
    ];
    let step = match number {
        Some(number) => {
            steps
                .into_iter()
                .find(|(numbers, _)| numbers.contains(&number))
                .unwrap_or_else(|| panic!("{said}"))
                .1
        }
        None if said.contains("peer did not return a certificate") => Step::Path,
        None => return None,
    };
    let why = said.to_owned();
    Some(Outcome::RefusedByOpenssl { step, why })
}
