//! Loads and checks the certificates and keys of a resolved endpoint.
