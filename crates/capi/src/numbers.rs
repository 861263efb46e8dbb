//! The numbers of the interface: what the header calls `TRUSTPACK_...`.
//!
//! They are part of the ABI. Invariant: a number that was given keeps its meaning; `tests/interface.rs` compares all of
//! them with the header.

/// An enum whose variants have the numbers of the header.
macro_rules! numbers {
    ($(#[$meta:meta])* $name:ident { $($(#[$of:meta])* $variant:ident = $number:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub(crate) enum $name {
            $($(#[$of])* $variant,)+
        }

        impl $name {
            /// Its number.
            pub(crate) fn number(self) -> i32 {
                match self {
                    $(Self::$variant => $number,)+
                }
            }
        }
    };
}

numbers! {
    /// What a function answers when nothing is wrong.
    Answer {
        /// It is done.
        Ok = 0,
        /// It goes on when bytes of the peer can be read.
        WantRead = 1,
        /// It goes on when bytes for the peer can be written.
        WantWrite = 2,
        /// The peer has said that it will say nothing more.
        Closed = 3,
        /// Files were changing; it goes on a moment later.
        TryAgain = 4,
    }
}

numbers! {
    /// What went wrong.
    ErrorCode {
        /// An argument makes no sense.
        Argument = -1,
        /// Settings or files have errors.
        Settings = -2,
        /// The handshake failed, or the peer broke the protocol.
        Tls = -3,
        /// The peer was trusted, and no longer is.
        Cut = -4,
        /// The connection below TLS failed.
        Io = -5,
        /// This cannot be asked for now.
        State = -6,
        /// Another thread uses the connection.
        Busy = -7,
        /// A fault of ours.
        Internal = -8,
    }
}

numbers! {
    /// How bad it is what a line of the log tells.
    Level {
        /// Something does not work.
        Error = 1,
        /// Something works, and is doubtful.
        Warning = 2,
        /// Worth knowing.
        Info = 3,
    }
}

numbers! {
    /// Which side of connections.
    Side {
        /// It accepts connections.
        Server = 1,
        /// It makes connections.
        Client = 2,
    }
}

numbers! {
    /// What a reload has changed.
    Changed {
        /// Nothing.
        Nothing = 0,
        /// What is presented.
        Identity = 1,
        /// Who is trusted.
        Trust = 2,
    }
}

numbers! {
    /// What can be asked of a connection, as a text.
    Fact {
        /// The version.
        Version = 1,
        /// The cipher suite.
        CipherSuite = 2,
        /// The group of the key exchange.
        Group = 3,
        /// The host that the client asked for.
        ServerName = 4,
        /// The subject of the peer's certificate.
        PeerSubject = 10,
        /// Its issuer.
        PeerIssuer = 11,
        /// Its serial number.
        PeerSerial = 12,
        /// The names in its SAN.
        PeerNames = 13,
        /// Its fingerprint.
        PeerFingerprint = 14,
        /// Its first moment.
        PeerNotBefore = 15,
        /// Its last moment.
        PeerNotAfter = 16,
        /// The certificate itself.
        PeerPem = 17,
    }
}

numbers! {
    /// Why a connection failed.
    Reason {
        /// It has not.
        None = 0,
        /// The certificate of the peer was refused.
        PeerRefused = 1,
        /// The peer has no certificate.
        NoCertificate = 2,
        /// The peer does not have the key of its certificate.
        NotItsKey = 3,
        /// No version in common.
        NoCommonVersion = 4,
        /// No suite, group or signature algorithm in common.
        NothingInCommon = 5,
        /// The peer refused.
        PeerAlert = 6,
        /// The peer speaks plain text.
        PlainText = 7,
        /// What begins like TLS is no hello.
        BrokenHello = 8,
        /// The peer closed before the end of the handshake.
        PeerClosed = 9,
        /// The handshake took too long.
        TimedOut = 10,
        /// A message is too large.
        TooLarge = 11,
        /// The peer broke the protocol.
        Protocol = 12,
        /// The peer is no longer trusted.
        TrustEnded = 13,
        /// The peer ended without saying so.
        CutShort = 14,
        /// The connection below TLS failed.
        Io = 15,
        /// It was in plain text, and the settings do not allow that any more.
        PlainEnded = 16,
    }
}

numbers! {
    /// The steps in which a peer is judged.
    StepNumber {
        /// None.
        None = 0,
        /// Version and cipher suite.
        Protocol = 1,
        /// A path to a trusted CA.
        Path = 2,
        /// The name.
        Name = 3,
        /// The dates.
        Dates = 4,
        /// Revocation.
        Revocation = 5,
        /// Which names are let in.
        AllowedNames = 6,
    }
}

impl Fact {
    const ALL: [Self; 12] = [
        Self::Version,
        Self::CipherSuite,
        Self::Group,
        Self::ServerName,
        Self::PeerSubject,
        Self::PeerIssuer,
        Self::PeerSerial,
        Self::PeerNames,
        Self::PeerFingerprint,
        Self::PeerNotBefore,
        Self::PeerNotAfter,
        Self::PeerPem,
    ];

    /// The fact with this number.
    pub(crate) fn of_number(number: i32) -> Option<Self> {
        Self::ALL.into_iter().find(|fact| fact.number() == number)
    }
}
