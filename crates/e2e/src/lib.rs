//! Stories that run the whole program beside OpenSSL, Java and others; never shipped.
