//! The plain program behind the tunnels: it echoes, swallows or sends, as the first octet of a connection says.

use std::io;
use std::net::SocketAddr;
use std::thread;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;

/// Echo what comes.
pub(super) const ECHO: u8 = b'e';
/// A length of 8 octets and so much after it are swallowed, then one octet is the answer.
pub(super) const SWALLOW: u8 = b's';
/// After a length of 8 octets so much is sent.
pub(super) const SEND: u8 = b'g';

/// Octets that are read or written at once.
const PIECE: usize = 64 * 1024;

/// Serves in a thread of its own until this process ends.
pub(super) fn start() -> anyhow::Result<SocketAddr> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"))?;
    let address = listener.local_addr()?;
    thread::spawn(move || {
        runtime.block_on(async {
            while let Ok((stream, _)) = listener.accept().await {
                // How a connection ends is of no interest here: the load sees it.
                tokio::spawn(async { drop(serve(stream).await) });
            }
        });
    });
    Ok(address)
}

async fn serve(mut stream: TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    match stream.read_u8().await? {
        ECHO => echo(stream).await,
        SWALLOW => swallow(stream).await,
        SEND => send(stream).await,
        _other => Ok(()),
    }
}

/// A connection that waits has no buffer.
async fn echo(mut stream: TcpStream) -> io::Result<()> {
    loop {
        stream.readable().await?;
        let mut piece = [0; 1024];
        let count = match stream.try_read(&mut piece) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
            read => read?,
        };
        if count == 0 {
            return Ok(());
        }
        stream
            .write_all(piece.get(..count).unwrap_or_default())
            .await?;
    }
}

async fn swallow(mut stream: TcpStream) -> io::Result<()> {
    let mut left = usize::try_from(stream.read_u64().await?).unwrap_or(usize::MAX);
    let mut piece = vec![0; PIECE];
    while left > 0 {
        let count = stream.read(&mut piece).await?;
        if count == 0 {
            return Ok(());
        }
        left = left.saturating_sub(count);
    }
    stream.write_u8(b'k').await
}

async fn send(mut stream: TcpStream) -> io::Result<()> {
    let mut left = usize::try_from(stream.read_u64().await?).unwrap_or(usize::MAX);
    let piece = vec![0x5a; PIECE];
    while left > 0 {
        let count = left.min(PIECE);
        stream
            .write_all(piece.get(..count).unwrap_or_default())
            .await?;
        left -= count;
    }
    stream.flush().await
}
