//! Private keys and the files that hold keys and certificates.
//!
//! Reads and writes bytes: what a file holds is decided by its content, never by its name. Holds no
//! policy: which key, which strength and which target are the caller's to choose.
//!
//! Invariant: the bytes of a private key leave a [`private_key::PrivateKey`] only through
//! [`private_key::PrivateKey::expose_pkcs8_der`] and the writers of this crate, and are wiped where
//! this crate holds them.

mod ber;
pub mod contents;
pub mod folder_lock;
pub mod jks;
pub mod key_file;
pub mod limited_file;
mod limits;
pub mod new_file;
pub mod password;
mod pbe;
pub mod pem;
pub mod pkcs12;
pub mod pkcs7;
pub mod placing;
pub mod private_file;
pub mod private_key;
pub mod public_file;
mod random;
mod shape;
pub mod store;
pub mod writers_lock;
