//! The certificate authority as a pure function.
