//! Private keys and the files that hold keys and certificates.
