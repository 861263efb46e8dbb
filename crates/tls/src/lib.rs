//! From a resolved endpoint and its material to a TLS client or server.
