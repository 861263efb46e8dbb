//! Descriptors through a control connection, beside its bytes.
//!
//! Invariant: a descriptor that has come is closed when it is not wanted, and none is inherited by other programs.

use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, ReturnFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, recvmsg, sendmsg,
};

/// Descriptors in one message.
///
/// Source: below the 253 of `unix(7)` of Linux.
pub(super) const BATCH: usize = 64;

/// The byte that goes with each batch: the system passes no descriptor alone.
const COMPANION: &[u8] = b"\n";

/// Sends a batch; at most [`BATCH`] of them.
pub(super) fn send(socket: impl AsFd, batch: &[OwnedFd]) -> io::Result<()> {
    let batch: Vec<BorrowedFd<'_>> = batch.iter().map(AsFd::as_fd).collect();
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(BATCH))];
    let mut ancillary = SendAncillaryBuffer::new(&mut space);
    if !ancillary.push(SendAncillaryMessage::ScmRights(&batch)) {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let flags = SendFlags::NOSIGNAL;
    sendmsg(socket, &[IoSlice::new(COMPANION)], &mut ancillary, flags)?;
    Ok(())
}

/// What came through a connection.
pub(super) struct Received {
    /// How many bytes.
    pub(super) bytes: usize,
    /// Whether descriptors are lost that came with them: this process may not have so many open.
    pub(super) is_cut: bool,
}

/// Reads bytes into `buffer`, and puts the descriptors that come with them into `sockets`.
pub(super) fn receive(
    socket: impl AsFd,
    buffer: &mut [u8],
    sockets: &mut Vec<OwnedFd>,
) -> io::Result<Received> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(BATCH))];
    let mut ancillary = RecvAncillaryBuffer::new(&mut space);
    let buffer = &mut [IoSliceMut::new(buffer)];
    let received = recvmsg(socket, buffer, &mut ancillary, RecvFlags::CMSG_CLOEXEC)?;
    for message in ancillary.drain() {
        if let RecvAncillaryMessage::ScmRights(more) = message {
            sockets.extend(more);
        }
    }
    Ok(Received {
        bytes: received.bytes,
        is_cut: received.flags.contains(ReturnFlags::CTRUNC),
    })
}
