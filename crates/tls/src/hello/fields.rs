//! Numbers and vectors as TLS writes them.
//!
//! Invariant: what is handed out was there; nothing is read past the end.
//!
//! Source: RFC 8446 section 3.

/// What is left to read. Each reading gives `None` where less is left than it takes, and then takes nothing that counts.
#[derive(Clone, Copy, Debug)]
pub struct Fields<'a>(pub &'a [u8]);

impl<'a> Fields<'a> {
    /// So many octets.
    pub fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    /// A number of one octet.
    pub fn octet(&mut self) -> Option<u8> {
        let (octet, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*octet)
    }

    /// A number of two octets.
    pub fn number(&mut self) -> Option<u16> {
        let (number, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(u16::from_be_bytes(*number))
    }

    /// A number of three octets, as messages of the handshake have it for their length.
    pub fn length24(&mut self) -> Option<usize> {
        let ([high, middle, low], rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        usize::try_from(u32::from_be_bytes([0, *high, *middle, *low])).ok()
    }

    /// A vector whose length is one octet.
    pub fn short(&mut self) -> Option<&'a [u8]> {
        let length = self.octet()?;
        self.take(length.into())
    }

    /// A vector whose length is two octets.
    pub fn long(&mut self) -> Option<&'a [u8]> {
        let length = self.number()?;
        self.take(length.into())
    }

    /// Whether nothing is left.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// Nothing if something is left.
    #[must_use]
    pub fn end(self) -> Option<()> {
        self.is_empty().then_some(())
    }
}
