//! Where random octets come from: an argument, like the time.

use std::fmt;

/// A source of random octets, given by the caller.
pub struct Entropy<'a>(Box<dyn FnMut() -> [u8; 16] + 'a>);

impl<'a> Entropy<'a> {
    /// A source that calls `draw` whenever 16 octets are needed. They must be unpredictable: serial
    /// numbers are made of them.
    pub fn new(draw: impl FnMut() -> [u8; 16] + 'a) -> Self {
        Self(Box::new(draw))
    }

    pub(crate) fn draw(&mut self) -> [u8; 16] {
        (self.0)()
    }
}

impl fmt::Debug for Entropy<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Entropy(..)")
    }
}
