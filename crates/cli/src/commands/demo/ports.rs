//! Ports that were free a moment ago.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};

use anyhow::Context as _;

use crate::failure::Failure;

/// As many different free ports on the loopback address as are asked for.
///
/// They are all held at once while they are drawn, so that no two are the same. Another program may
/// take one before it is used; the process that then cannot listen says so.
pub(super) fn free<const N: usize>() -> Result<[SocketAddr; N], Failure> {
    let mut held = Vec::with_capacity(N);
    let mut addresses = [SocketAddr::from((Ipv4Addr::LOCALHOST, 0)); N];
    for address in &mut addresses {
        let listener = TcpListener::bind(*address)
            .context("no free port on 127.0.0.1")
            .map_err(Failure::request)?;
        *address = listener.local_addr().map_err(Failure::request)?;
        held.push(listener);
    }
    Ok(addresses)
}
