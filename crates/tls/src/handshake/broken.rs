//! How a peer broke the protocol or the connection, in our own words.
//!
//! Names of the engine's enums mean nothing to whoever reads a log. Invariant: whatever the engine adds, a sentence is
//! there for it, and no name of a variant is in it.

use std::io;

use rustls::{ContentType, HandshakeType, InvalidMessage, PeerIncompatible, PeerMisbehaved};

/// How the protocol was broken.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the engine's enum grows; what is not named is told in general"
)]
pub(super) fn protocol(error: &rustls::Error) -> String {
    match error {
        // No server sends one.
        rustls::Error::InappropriateHandshakeMessage {
            got_type: HandshakeType::ClientHello,
            ..
        } => "it sent a client's hello, as what sends back all that it gets".to_owned(),
        rustls::Error::InappropriateHandshakeMessage { got_type, .. } => {
            format!("it sent {} out of turn", of_handshake(*got_type))
        }
        rustls::Error::InappropriateMessage { got_type, .. } => {
            format!("it sent {} out of turn", of_content(*got_type))
        }
        rustls::Error::InvalidMessage(why) => message(*why).to_owned(),
        rustls::Error::PeerMisbehaved(why) => misbehaved(why).to_owned(),
        rustls::Error::PeerIncompatible(why) => incompatible(why).to_owned(),
        rustls::Error::DecryptError => {
            "a record of it cannot be decrypted: it was changed on the way, or made with another key"
                .to_owned()
        }
        rustls::Error::PeerSentOversizedRecord => {
            "it sent a record that is larger than the standard allows".to_owned()
        }
        rustls::Error::NoApplicationProtocol => {
            "it speaks none of the protocols above TLS that are spoken here".to_owned()
        }
        rustls::Error::InvalidCertificate(_) => {
            "it sent a certificate that no use can be made of".to_owned()
        }
        _ => OTHER.to_owned(),
    }
}

/// What is not told otherwise.
const OTHER: &str = "it sent something that the standard does not allow there";

/// Source: RFC 8446 section 4, and IANA's registry of handshake types.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the engine's enum grows; what is not named is told by its number"
)]
fn of_handshake(kind: HandshakeType) -> String {
    match kind {
        HandshakeType::HelloRequest => "a request for a hello".to_owned(),
        HandshakeType::ServerHello => "a server's hello".to_owned(),
        HandshakeType::HelloRetryRequest => "a request for another hello".to_owned(),
        HandshakeType::NewSessionTicket => "a ticket".to_owned(),
        HandshakeType::Certificate => "a certificate".to_owned(),
        HandshakeType::CertificateRequest => "a request for a certificate".to_owned(),
        HandshakeType::CertificateVerify => "the proof of a key".to_owned(),
        HandshakeType::ServerKeyExchange | HandshakeType::ClientKeyExchange => {
            "a part of the key exchange".to_owned()
        }
        HandshakeType::Finished => "the end of the handshake".to_owned(),
        HandshakeType::KeyUpdate => "a change of keys".to_owned(),
        other => format!("a handshake message of type {}", u8::from(other)),
    }
}

/// Source: IANA's registry of content types.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the engine's enum grows; what is not named is told by its number"
)]
fn of_content(kind: ContentType) -> String {
    match kind {
        ContentType::ChangeCipherSpec => "a change of the cipher".to_owned(),
        ContentType::Alert => "an alert".to_owned(),
        ContentType::Handshake => "a message of the handshake".to_owned(),
        ContentType::ApplicationData => "data".to_owned(),
        other => format!("a record of type {}", u8::from(other)),
    }
}

/// Something that cannot be read.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the engine's enum grows; what is not named is told in general"
)]
fn message(why: InvalidMessage) -> &'static str {
    match why {
        InvalidMessage::MissingData(_) | InvalidMessage::MessageTooShort => {
            "it sent a message that is shorter than it says"
        }
        InvalidMessage::TrailingData(_) => {
            "it sent a message with something behind what belongs to it"
        }
        InvalidMessage::InvalidEmptyPayload
        | InvalidMessage::IllegalEmptyValue
        | InvalidMessage::IllegalEmptyList(_)
        | InvalidMessage::EmptyTicketValue => "it sent something empty that must not be",
        InvalidMessage::InvalidContentType | InvalidMessage::UnexpectedMessage(_) => {
            "it sent a record of a type that TLS does not have there"
        }
        InvalidMessage::UnknownProtocolVersion => {
            "it sent a record of a version that TLS does not have"
        }
        InvalidMessage::MessageTooLarge
        | InvalidMessage::HandshakePayloadTooLarge
        | InvalidMessage::CertificatePayloadTooLarge => {
            "it sent a message that is larger than what is allowed"
        }
        InvalidMessage::DuplicateExtension(_) => "it sent an extension twice",
        InvalidMessage::UnknownHelloRetryRequestExtension
        | InvalidMessage::UnknownCertificateExtension => {
            "it sent an extension that nobody asked for"
        }
        InvalidMessage::MissingKeyExchange
        | InvalidMessage::InvalidDhParams
        | InvalidMessage::UnsupportedCurveType
        | InvalidMessage::UnsupportedKeyExchangeAlgorithm(_) => {
            "its part of the key exchange is none that is taken here"
        }
        InvalidMessage::UnsupportedCompression => "it wants to compress, which is not safe",
        _ => "it sent a message that is not built as the standard has it",
    }
}

/// Something that can be read, and is not allowed.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the engine's enum grows; what is not named is told in general"
)]
fn misbehaved(why: &PeerMisbehaved) -> &'static str {
    use PeerMisbehaved as Why;
    match why {
        Why::AttemptedDowngradeToTls12WhenTls13IsSupported => {
            "it speaks TLS 1.3 and was made to choose TLS 1.2: somebody between lowers the version"
        }
        Why::SelectedInvalidPsk
        | Why::SelectedTls12UsingTls13VersionExtension
        | Why::SelectedUnofferedApplicationProtocol
        | Why::SelectedUnofferedCertCompression
        | Why::SelectedUnofferedCipherSuite
        | Why::SelectedUnofferedCompression
        | Why::SelectedUnofferedKxGroup
        | Why::SelectedUnofferedPsk
        | Why::SelectedUnusableCipherSuiteForVersion => "it chose something that was not offered",
        Why::SignedKxWithWrongAlgorithm | Why::SignedHandshakeWithUnadvertisedSigScheme => {
            "it signed with an algorithm that was not offered"
        }
        Why::IllegalHelloRetryRequestWithEmptyCookie
        | Why::IllegalHelloRetryRequestWithNoChanges
        | Why::IllegalHelloRetryRequestWithOfferedGroup
        | Why::IllegalHelloRetryRequestWithUnofferedCipherSuite
        | Why::IllegalHelloRetryRequestWithUnofferedNamedGroup
        | Why::IllegalHelloRetryRequestWithUnsupportedVersion
        | Why::IllegalHelloRetryRequestWithWrongSessionId
        | Why::DuplicateHelloRetryRequestExtensions => {
            "its request for another hello is not as the standard has it"
        }
        Why::CipherSuiteDifferedOnRetry
        | Why::SelectedDifferentCipherSuiteAfterRetry
        | Why::HandshakeHashVariedAfterRetry
        | Why::ServerNameDifferedOnRetry
        | Why::RefusedToFollowHelloRetryRequest => "its second hello does not fit the first one",
        Why::DuplicateClientHelloExtensions
        | Why::DuplicateEncryptedExtensions
        | Why::DuplicateNewSessionTicketExtensions
        | Why::DuplicateServerHelloExtensions
        | Why::DuplicateServerNameTypes => "it sent an extension twice",
        Why::UnsolicitedCertExtension
        | Why::UnsolicitedEncryptedExtension
        | Why::UnsolicitedSctList
        | Why::UnsolicitedServerHelloExtension
        | Why::DisallowedEncryptedExtension
        | Why::UnexpectedCleartextExtension => "it sent an extension that nobody asked for",
        Why::TooManyEmptyFragments
        | Why::TooManyKeyUpdateRequests
        | Why::TooManyRenegotiationRequests
        | Why::TooManyWarningAlertsReceived => {
            "it sent too many messages in a row that say nothing"
        }
        Why::InvalidKeyShare | Why::MissingKeyShare | Why::WrongGroupForKeyShare => {
            "its part of the key exchange is missing, or of no use"
        }
        _ => OTHER,
    }
}

/// Something that is missing.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the engine's enum grows; what is not named is told in general"
)]
fn incompatible(why: &PeerIncompatible) -> &'static str {
    match why {
        PeerIncompatible::ExtendedMasterSecretExtensionRequired => {
            "it does not bind its key to the handshake (extended master secret), which is demanded here"
        }
        PeerIncompatible::KeyShareExtensionRequired => {
            "it sent no part of a key exchange, without which there is no TLS 1.3"
        }
        PeerIncompatible::NullCompressionRequired => "it wants to compress, which is not safe",
        _ => "it lacks something that the standard demands",
    }
}

/// Why a connection failed below TLS; what else the system says is told as it says it.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the library's enum grows; what is not named is told in the words of the system"
)]
pub(super) fn connection(error: &io::Error) -> String {
    // What has words of its own is no bare error of the system.
    if error.get_ref().is_some() {
        return error.to_string();
    }
    match error.kind() {
        io::ErrorKind::ConnectionReset => "the peer reset it".to_owned(),
        io::ErrorKind::BrokenPipe => "the peer had closed it".to_owned(),
        io::ErrorKind::ConnectionAborted => "it was given up on the way".to_owned(),
        io::ErrorKind::TimedOut => "the peer does not answer any more".to_owned(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use rustls::Error;

    use super::*;

    #[test]
    fn nothing_is_told_by_the_name_of_a_variant() {
        for error in [
            Error::InvalidMessage(InvalidMessage::TrailingData("AlertMessagePayload")),
            Error::PeerMisbehaved(PeerMisbehaved::IllegalHelloRetryRequestWithWrongSessionId),
            Error::PeerMisbehaved(PeerMisbehaved::MissingQuicTransportParameters),
            Error::PeerIncompatible(PeerIncompatible::Tls13RequiredForQuic),
            Error::DecryptError,
            Error::General("Weird".to_owned()),
            Error::InappropriateHandshakeMessage {
                expect_types: vec![HandshakeType::ServerHello],
                got_type: HandshakeType::Finished,
            },
            Error::InappropriateMessage {
                expect_types: vec![ContentType::Handshake],
                got_type: ContentType::Unknown(99),
            },
        ] {
            let told = protocol(&error);
            let is_name = |word: &str| word.chars().skip(1).any(char::is_uppercase);
            let mut words = told.split_whitespace();
            assert!(!words.any(|word| is_name(word) && word != "TLS"), "{told}");
            assert!(!told.contains(['(', '"', '{']), "{told}");
        }
        let unknown = Error::InappropriateMessage {
            expect_types: Vec::new(),
            got_type: ContentType::Unknown(99),
        };
        assert_eq!(
            protocol(&unknown),
            "it sent a record of type 99 out of turn"
        );
    }

    #[test]
    fn what_the_system_says() {
        let bare = io::Error::from_raw_os_error(104);
        assert_eq!(connection(&bare), "the peer reset it");
        let own = io::Error::new(io::ErrorKind::ConnectionReset, "the settings demand TLS");
        assert_eq!(connection(&own), "the settings demand TLS");
        assert_eq!(
            connection(&io::ErrorKind::ConnectionReset.into()),
            "the peer reset it"
        );
    }
}
