//! The beginning of a server's connection: the client's first bytes, until they say what it speaks.
//!
//! They are looked at as at the ports of tunnels: a hello that comes in pieces is waited for, what is no TLS is named,
//! and plain text is let through only where the settings let clients decide.
//!
//! Not here: reading and writing. Invariant: what begins like TLS is never passed on as plain text.

use trustpack_tls::connection::Connection;
use trustpack_tls::handshake::Failure;
use trustpack_tls::hello::client_hello::Version;
use trustpack_tls::hello::{Sniffer, Verdict};
use trustpack_tls::server::ServerContext;
use trustpack_x509::dns::DnsName;

/// A client that has not said yet what it speaks.
#[derive(Debug)]
pub(crate) struct Opening {
    context: ServerContext,
    sniffer: Sniffer,
}

/// What a client speaks.
#[derive(Debug)]
pub(crate) enum Spoken {
    /// It has not said enough.
    NotYet,
    /// TLS: the connection, which is to be given these bytes first.
    Tls {
        tls: Box<Connection>,
        bytes: Vec<u8>,
        /// Whom the client wants to speak to.
        server_name: Option<DnsName>,
    },
    /// Plain text, which begins with these bytes.
    Plain(Vec<u8>),
}

impl Opening {
    pub(crate) fn new(context: ServerContext) -> Self {
        Self {
            context,
            sniffer: Sniffer::default(),
        }
    }

    /// How many bytes may still come.
    pub(crate) fn room(&self) -> usize {
        self.sniffer.room()
    }

    /// Takes the next bytes of the client.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> Result<Spoken, Failure> {
        let verdict = self.sniffer.push(bytes);
        // Before the rest of the hello: clients of old versions are named as such, whatever else they say.
        if let Some(start) = self.sniffer.bytes().first_chunk()
            && let Some(version) = Version::below_tls12(start)
        {
            return Err(Failure::OldClient(version));
        }
        match verdict {
            Verdict::NeedsMore => Ok(Spoken::NotYet),
            Verdict::Hello(hello) => Ok(Spoken::Tls {
                tls: Box::new(self.context.connection()?),
                bytes: std::mem::take(&mut self.sniffer).into_bytes(),
                server_name: hello.server_name,
            }),
            Verdict::Plain(_) if self.context.detects() => {
                let bytes = std::mem::take(&mut self.sniffer).into_bytes();
                Ok(Spoken::Plain(bytes))
            }
            Verdict::Plain(start) => Err(Failure::PlainText { start }),
            Verdict::Broken(broken) => Err(Failure::BrokenHello(broken)),
        }
    }
}
