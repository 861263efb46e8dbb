//! Elements of DER, put together without looking at them.
//!
//! Invariant: lengths are right; everything else is the target's business.

/// An element of a tag and its contents.
pub fn wrap(tag: u8, contents: &[u8]) -> Vec<u8> {
    let mut element = vec![tag];
    let length = contents.len().to_be_bytes();
    let from = length.iter().position(|octet| *octet != 0).unwrap_or(7);
    let length = &length[from..];
    if contents.len() < 0x80 {
        element.push(length[0]);
    } else {
        element.push(0x80 | length.len() as u8);
        element.extend(length);
    }
    element.extend(contents);
    element
}

/// An element of several others.
pub fn join(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    wrap(tag, &parts.concat())
}
