//! Java's modified UTF-8, and its passwords.
//!
//! NUL is two octets, and characters beyond U+FFFF are the two halves of UTF-16, three octets each.
//! Source: the documentation of `java.io.DataInput`.

use zeroize::Zeroizing;

use crate::password::Password;

/// The text, if it is one.
pub(super) fn decode(octets: &[u8]) -> Option<String> {
    let mut units = Vec::with_capacity(octets.len());
    let mut rest = octets.iter().copied();
    while let Some(first) = rest.next() {
        let mut next = || {
            let octet = rest.next()?;
            (octet & 0xc0 == 0x80).then_some(u16::from(octet & 0x3f))
        };
        units.push(match first {
            0x01..=0x7f => u16::from(first),
            0xc0..=0xdf => (u16::from(first & 0x1f) << 6) | next()?,
            0xe0..=0xef => (u16::from(first & 0x0f) << 12) | (next()? << 6) | next()?,
            _other => return None,
        });
    }
    String::from_utf16(&units).ok()
}

/// The octets of a text.
pub(super) fn encode(text: &str) -> Vec<u8> {
    let mut octets = Vec::with_capacity(text.len());
    for unit in text.encode_utf16() {
        let [high, low] = unit.to_be_bytes();
        match unit {
            0x01..=0x7f => octets.push(low),
            0 | 0x80..=0x7ff => {
                octets.extend([0xc0 | (high << 2) | (low >> 6), 0x80 | (low & 0x3f)]);
            }
            0x800.. => octets.extend([
                0xe0 | (high >> 4),
                0x80 | ((high & 0x0f) << 2) | (low >> 6),
                0x80 | (low & 0x3f),
            ]),
        }
    }
    octets
}

/// The password as the digests of JKS take it: UTF-16, big-endian, with nothing behind.
pub(super) fn password(password: &Password) -> Zeroizing<Vec<u8>> {
    let text = password.expose();
    // Sized once: a vector that grows would leave copies of the password behind.
    let mut octets = Zeroizing::new(Vec::with_capacity(2 * text.len()));
    octets.extend(text.encode_utf16().flat_map(u16::to_be_bytes));
    octets
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, want: &[u8]) {
        assert_eq!(encode(text), want);
        assert_eq!(decode(want).as_deref(), Some(text));
    }

    #[test]
    fn as_java_writes_it() {
        check("", b"");
        check("host", b"host");
        check("ß€", &[0xc3, 0x9f, 0xe2, 0x82, 0xac]);
        check("a\0", &[b'a', 0xc0, 0x80]);
        check("\u{1f511}", &[0xed, 0xa0, 0xbd, 0xed, 0xb4, 0x91]);
        check("\u{7ff}\u{800}", &[0xdf, 0xbf, 0xe0, 0xa0, 0x80]);
    }

    #[test]
    fn what_java_never_writes() {
        for octets in [
            &[0][..],
            &[0x80],
            &[0xc3],
            &[0xc3, 0x20],
            &[0xf0, 0x9f],
            &[0xed, 0xa0, 0xbd],
        ] {
            assert_eq!(decode(octets), None, "{octets:x?}");
        }
    }
}
