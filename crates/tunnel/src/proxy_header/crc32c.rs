//! CRC32c, the checksum of headers of version 2.
//!
//! Source: RFC 4960 appendix B (Castagnoli's polynomial, bits reflected).

/// The polynomial, reflected.
const POLYNOMIAL: u32 = 0x82F6_3B78;

/// The checksum of these bytes.
pub(super) fn of(bytes: &[u8]) -> u32 {
    // A bit at a time: a header has some hundred bytes, and is followed by a handshake.
    !bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            let polynomial = if sum & 1 == 1 { POLYNOMIAL } else { 0 };
            sum >> 1 ^ polynomial
        })
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn checksums_are_as_published() {
        // RFC 3720 appendix B.4.
        assert_eq!(super::of(&[0; 32]), 0x8A91_36AA);
        assert_eq!(super::of(&[0xff; 32]), 0x62A8_AB43);
        assert_eq!(super::of(b"123456789"), 0xE306_9283);
    }
}
