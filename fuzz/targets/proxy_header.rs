//! Headers of the PROXY protocol: the same in one piece and byte by byte, and what is written of them is read again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use trustpack_fuzz::check_error;
use trustpack_tunnel::proxy_header::{Accepted, Header, InvalidHeader, Progress, Reader, Version};

fuzz_target!(|bytes: &[u8]| {
    let whole = read(bytes, usize::MAX);
    match (&whole, read(bytes, 1)) {
        // How many of the first bytes had come when it was clear differs.
        (Err(InvalidHeader::Other { .. }), Err(InvalidHeader::Other { .. })) => {}
        (whole, by_bytes) => assert_eq!(*whole, by_bytes),
    }
    match whole {
        Ok(Some(header)) => {
            let again = read(&header.to_bytes(Version::V2), usize::MAX);
            assert_eq!(
                again.ok().flatten().map(|header| header.route),
                Some(header.route.clone())
            );
            assert!(read(&header.to_bytes(Version::V1), usize::MAX).is_ok());
        }
        Ok(None) => {}
        Err(error) => check_error(&error),
    }
});

/// The header of bytes that come in pieces of at most this size.
fn read(mut bytes: &[u8], piece: usize) -> Result<Option<Header>, InvalidHeader> {
    let mut reader = Reader::new(Accepted::Any);
    while !bytes.is_empty() {
        let count = piece.min(reader.room()).min(bytes.len());
        assert!(count > 0, "no room, and no verdict");
        let (now, later) = bytes.split_at(count);
        bytes = later;
        if let Progress::Done(header) = reader.push(now)? {
            return Ok(Some(*header));
        }
    }
    Ok(None)
}
