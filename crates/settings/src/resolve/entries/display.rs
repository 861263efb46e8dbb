//! The words for what becomes of an entry: why it does nothing as a sentence of its own, and what is wrong with how it is
//! written as the end of one that begins with the entry.
//!
//! Invariant: whoever reads one knows what has the say instead.

use std::fmt;

use super::{Broken, Idle};
use crate::endpoint::Role;
use crate::value::Shown as _;

impl fmt::Display for Idle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PlainText => f.write_str("there is no TLS here"),
            Self::Product => f.write_str("the product does its TLS"),
            Self::OwnFile => f.write_str("the application has an own file, which counts instead"),
            Self::Place { here, works } => {
                write!(f, "it has no effect at {here}, only at {works}")
            }
            Self::Role { of: Role::Client } => {
                f.write_str("only a client looks at it, and this is the server's end")
            }
            Self::Role { of: Role::Server } => {
                f.write_str("only a server looks at it, and this is the client's end")
            }
            Self::PortDecides => f.write_str("whether there is TLS is for the port to say"),
            Self::NothingChecked => {
                f.write_str("client-auth=0, so nothing of the server is checked")
            }
            Self::NobodyAsked => {
                f.write_str("tls-mutual is not 1, so no client is asked for a certificate")
            }
            Self::OnlyOwnChain { of } => {
                let nobody = match of {
                    Role::Server => "tls-mutual is not 1, so no client is judged by it",
                    Role::Client => "client-auth=0, so the server is not judged by it",
                };
                write!(f, "{nobody}; it may complete the chain that is shown")
            }
            Self::NotShown => f.write_str("the server asks for no certificate, so none is shown"),
            Self::Provider(provider) => {
                write!(f, "the provider {} does not look at it", provider.shown())
            }
            Self::NoProvider => f.write_str("no provider is set, so there is no TLS"),
            Self::Engine(engine) => {
                write!(f, "{engine}, which does TLS here, does not know it")
            }
            Self::NoLists => f.write_str("no revocation list is set (crl)"),
        }
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Blank => f.write_str("does not count, since a blank stands beside its ; or ="),
            Self::NoValue => f.write_str("has no =, so it sets nothing"),
            Self::Repeated { first } => {
                write!(
                    f,
                    "does not count, since the same name stands before it ({first})"
                )
            }
            Self::Beyond => f.write_str("is not read, nor what follows: too many stand before it"),
            Self::OtherName { first } => {
                write!(
                    f,
                    "adds nothing, since the same option stands before it ({first})"
                )
            }
            Self::WrongCase { right } => {
                write!(
                    f,
                    "is in the wrong case, so it sets nothing; right is {right}"
                )
            }
            Self::Near { nearest } => {
                write!(
                    f,
                    "is no option, so it sets nothing; perhaps {nearest} was meant"
                )
            }
            Self::Unknown => f.write_str("is no option, so it sets nothing"),
        }
    }
}
