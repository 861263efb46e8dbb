//! X.509 certificates and their parts: build, read, lint.
