//! Turns of the two directions, with streams that are always ready.

use std::task::Waker;

use super::*;

/// Takes everything at once; gives so many octets at once, and then none.
struct Ready(u64);

impl AsyncRead for Ready {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let count = usize::try_from(self.0)
            .unwrap_or(usize::MAX)
            .min(buffer.remaining());
        if count == 0 {
            return Poll::Pending;
        }
        self.0 -= u64::try_from(count).expect("a buffer is small");
        buffer.put_slice(&vec![b'x'; count]);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Ready {
    fn poll_write(
        self: Pin<&mut Self>,
        _cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[test]
fn a_busy_direction_keeps_neither_the_other_nor_other_connections_waiting() {
    let (forth, back) = (Counter::default(), Counter::default());
    let mut flows = Flows::counted(&forth, &back);
    let (mut busy, mut quiet) = (Ready(u64::MAX), Ready(1));
    let mut cx = Context::from_waker(Waker::noop());
    assert!(flows.poll(&mut cx, &mut busy, &mut quiet).is_pending());
    assert_eq!(back.get(), 1);
    let most = BUFFER_BYTES.saturating_mul(TURNS);
    assert_eq!(forth.get(), u64::try_from(most).expect("it is small"));
}
