//! Ports that are kept for the demo, though nobody listens on them yet.
//!
//! The fleet file has their numbers before the processes start that listen on them. Invariant: what draws any free port
//! gets none of these while a demo starts.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};

use anyhow::Context as _;

use crate::failure::Failure;

/// As many different free ports on the loopback address as are asked for.
///
/// Each has had a connection that was closed at this end first, so that it waits out its time (RFC 9293 section 3.6.1;
/// a minute with Linux). Until then the system gives the number to nobody who asks for any, neither to listen nor to
/// connect from; who asks for just this number to listen on, as the processes of the demo do, gets it.
pub(super) fn keep<const N: usize>() -> Result<[SocketAddr; N], Failure> {
    let mut addresses = [SocketAddr::from((Ipv4Addr::LOCALHOST, 0)); N];
    for address in &mut addresses {
        *address = keep_one()
            .context("no free port on 127.0.0.1")
            .map_err(Failure::request)?;
    }
    Ok(addresses)
}

fn keep_one() -> io::Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = listener.local_addr()?;
    let other = TcpStream::connect(address)?;
    let (own, _) = listener.accept()?;
    // Whoever closes first is the one that waits.
    drop(own);
    drop(other);
    Ok(address)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_kept_port_is_given_to_nobody_but_who_asks_for_it() {
        let kept: [SocketAddr; 8] = keep().expect("there are free ports");
        let kept: BTreeSet<SocketAddr> = kept.into_iter().collect();
        assert_eq!(kept.len(), 8, "no two are the same");
        let mut drawn = Vec::new();
        for _ in 0..500 {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
            let address = listener.local_addr().expect("its address");
            assert!(!kept.contains(&address), "{address} was given away");
            drawn.push(listener);
        }
        for address in kept {
            drop(TcpListener::bind(address).expect("it was kept for us"));
        }
    }
}
