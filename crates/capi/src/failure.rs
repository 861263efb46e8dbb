//! Why a connection failed, as numbers that programs can tell apart.
//!
//! Invariant: every failure has a reason of its own meaning; none is called another's.

#![expect(unsafe_code, reason = "names of the C interface are exported")]

use trustpack_judge::reason::Step;
use trustpack_tls::alert::Alert;
use trustpack_tls::handshake::Failure;

use crate::boundary::Object;
use crate::connection::{Connection, look};
use crate::entry::value;
use crate::numbers::{Reason, StepNumber};
use crate::plain::PlainEnded;

/// What no alert has for its number.
const NO_ALERT: i32 = -1;

/// Why the connection failed.
#[unsafe(no_mangle)]
extern "C" fn trustpack_connection_reason(connection: Object<'_, Connection>) -> i32 {
    value(0, || {
        look(connection, |stream| {
            stream.failed().map_or(Reason::None, reason).number()
        })
    })
}

/// The step of the judgement of the peer that failed.
#[unsafe(no_mangle)]
extern "C" fn trustpack_connection_step(connection: Object<'_, Connection>) -> i32 {
    value(0, || {
        look(connection, |stream| {
            let failed = stream.failed().and_then(Failure::step);
            failed.map_or(StepNumber::None, step).number()
        })
    })
}

/// The alert that the peer was told.
#[unsafe(no_mangle)]
extern "C" fn trustpack_connection_alert_sent(connection: Object<'_, Connection>) -> i32 {
    value(NO_ALERT, || {
        look(connection, |stream| {
            stream
                .failed()
                .and_then(Failure::sent)
                .map_or(NO_ALERT, number)
        })
    })
}

/// The alert by which the peer refused.
#[unsafe(no_mangle)]
extern "C" fn trustpack_connection_alert_received(connection: Object<'_, Connection>) -> i32 {
    value(NO_ALERT, || {
        look(connection, |stream| match stream.failed() {
            Some(Failure::PeerAlert(alert)) => number(*alert),
            Some(_) | None => NO_ALERT,
        })
    })
}

fn number(alert: Alert) -> i32 {
    i32::from(alert.number())
}

fn reason(failure: &Failure) -> Reason {
    match failure {
        Failure::PeerRefused(_) => Reason::PeerRefused,
        Failure::NoCertificate { .. } => Reason::NoCertificate,
        Failure::NotItsKey => Reason::NotItsKey,
        Failure::NoCommonVersion | Failure::OldClient(_) | Failure::OldHello => {
            Reason::NoCommonVersion
        }
        Failure::NothingInCommon { .. } | Failure::NoSignature => Reason::NothingInCommon,
        Failure::PeerAlert(_) => Reason::PeerAlert,
        Failure::PlainText { .. } => Reason::PlainText,
        Failure::BrokenHello(_) => Reason::BrokenHello,
        Failure::PeerClosed { .. } => Reason::PeerClosed,
        Failure::TimedOut { .. } | Failure::Silent { .. } => Reason::TimedOut,
        Failure::TooLarge { .. } => Reason::TooLarge,
        Failure::Protocol(_) | Failure::WithoutData => Reason::Protocol,
        Failure::TrustEnded(_) => Reason::TrustEnded,
        Failure::Io(error) if PlainEnded::is_behind(error) => Reason::PlainEnded,
        Failure::CutShort => Reason::CutShort,
        Failure::Io(_) => Reason::Io,
    }
}

fn step(step: Step) -> StepNumber {
    match step {
        Step::Protocol => StepNumber::Protocol,
        Step::Path => StepNumber::Path,
        Step::Name => StepNumber::Name,
        Step::Dates => StepNumber::Dates,
        Step::Revocation => StepNumber::Revocation,
        Step::AllowedNames => StepNumber::AllowedNames,
    }
}
