//! Runs a function of the interface: what it answers becomes a code, what went wrong becomes a code and a text.
//!
//! The text is kept for the thread that called, as C keeps `errno`. A panic is a fault of ours; it ends here, and is
//! told to the log.
//!
//! Invariant: every function that C may call goes through [`call`] or [`value`], so that no panic crosses.

use std::cell::RefCell;
use std::ffi::{CString, c_char};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use trustpack_tls::handshake::{Failure, Manner};

use crate::log;
use crate::numbers::{Answer, ErrorCode, Level};
use crate::plain::PlainEnded;

/// Why a call fails.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CallError {
    /// Nothing was given.
    #[error("{what}: a null pointer was given")]
    Null { what: &'static str },
    /// A pointer to something else.
    #[error("{what}: the pointer leads to something else")]
    NoSuch { what: &'static str },
    /// A pointer to an object that is gone.
    #[error("{what}: it was freed before")]
    Freed { what: &'static str },
    /// A text in another encoding.
    #[error("{what}: the text is not UTF-8")]
    NotUtf8 { what: &'static str },
    /// More than fits into memory.
    #[error("{what}: {count} is more than there can be")]
    TooLarge { what: &'static str, count: usize },
    /// A value that is not known.
    #[error("{what}: {found} is no value of it")]
    NoValue { what: &'static str, found: i32 },
    /// A text that does not say what it is to say.
    #[error("{what}: {why}")]
    Unreadable { what: &'static str, why: String },
    /// Settings or files have errors; each in a line.
    #[error("{}", .lines.join("\n"))]
    Settings { lines: Vec<String> },
    /// What a handshake or a connection came to.
    #[error("{}", with_later(.0))]
    Failed(#[from] Arc<Failure>),
    /// This cannot be asked for now.
    #[error("{0}")]
    State(&'static str),
    /// The system gives no thread.
    #[error("no thread can be started: {0}")]
    NoThread(std::io::Error),
    /// Another thread uses the connection.
    #[error("another thread uses the connection now")]
    Busy,
    /// A fault of ours.
    #[error("a fault in libtrustpack: {0}")]
    Internal(String),
}

thread_local! {
    /// What the last call of this thread has to say.
    static MESSAGE: RefCell<CString> = RefCell::default();
}

impl CallError {
    pub(crate) fn code(&self) -> ErrorCode {
        match self {
            Self::Null { .. }
            | Self::NoSuch { .. }
            | Self::Freed { .. }
            | Self::NotUtf8 { .. }
            | Self::TooLarge { .. }
            | Self::NoValue { .. }
            | Self::Unreadable { .. } => ErrorCode::Argument,
            Self::Settings { .. } => ErrorCode::Settings,
            Self::Failed(failure) => of_failure(failure),
            Self::State(_) | Self::NoThread(_) => ErrorCode::State,
            Self::Busy => ErrorCode::Busy,
            Self::Internal(_) => ErrorCode::Internal,
        }
    }
}

fn of_failure(failure: &Failure) -> ErrorCode {
    match (failure, failure.manner()) {
        (Failure::TrustEnded(_), _) => ErrorCode::Cut,
        (Failure::Io(error), _) if PlainEnded::is_behind(error) => ErrorCode::Cut,
        (Failure::Io(_) | Failure::CutShort, _) => ErrorCode::Io,
        (_, Manner::InTls | Manner::NotTls | Manner::Silence | Manner::End) => ErrorCode::Tls,
    }
}

fn with_later(failure: &Failure) -> String {
    let later = failure.later();
    if later.is_empty() {
        failure.to_string()
    } else {
        format!("{failure}; also: {}", later.join("; "))
    }
}

/// Runs a function that answers with a code. The text of the thread is empty after it, or says what is wrong, unless
/// the function has [said](say) something itself.
pub(crate) fn call(body: impl FnOnce() -> Result<Answer, CallError>) -> i32 {
    say("");
    match caught(body) {
        Ok(answer) => answer.number(),
        Err(error) => {
            say(&error.to_string());
            error.code().number()
        }
    }
}

/// Runs a function that answers with a value; with `otherwise` if something is wrong.
pub(crate) fn value<T>(otherwise: T, body: impl FnOnce() -> Result<T, CallError>) -> T {
    caught(body).unwrap_or_else(|error| {
        say(&error.to_string());
        otherwise
    })
}

/// Sets the text of this thread.
pub(crate) fn say(text: &str) {
    // Nothing that C could read as its end.
    let text = text.replace('\0', "\u{fffd}");
    let text = CString::new(text).unwrap_or_default();
    // A thread that ends has no text any more.
    let _gone = MESSAGE.try_with(|message| {
        if let Ok(mut message) = message.try_borrow_mut() {
            *message = text;
        }
    });
}

/// The text of this thread, until its next call.
pub(crate) fn message() -> *const c_char {
    let pointer = MESSAGE.try_with(|message| message.try_borrow().map(|text| text.as_ptr()));
    match pointer {
        Ok(Ok(pointer)) => pointer,
        Ok(Err(_)) | Err(_) => c"".as_ptr(),
    }
}

fn caught<T>(body: impl FnOnce() -> Result<T, CallError>) -> Result<T, CallError> {
    // Whatever a panic leaves behind in a connection is never used again: its lock is poisoned.
    let ended = catch_unwind(AssertUnwindSafe(body));
    ended.unwrap_or_else(|panic| {
        let words = panic
            .downcast_ref::<&str>()
            .map(|words| (*words).to_owned());
        let words = words.or_else(|| panic.downcast_ref::<String>().cloned());
        // What a payload does when it is dropped is not ours to know.
        std::mem::forget(panic);
        let error = CallError::Internal(words.unwrap_or_else(|| "it says nothing".to_owned()));
        drop(catch_unwind(AssertUnwindSafe(|| {
            log::write(Level::Error, &error.to_string());
        })));
        Err(error)
    })
}

#[cfg(test)]
mod tests {
    use std::ffi::CStr;

    use super::*;

    fn said() -> String {
        // SAFETY: it ends with a zero, and stays until the next call of this thread.
        #[expect(unsafe_code, reason = "read as C reads it")]
        let text = unsafe { CStr::from_ptr(message()) };
        text.to_str().expect("UTF-8").to_owned()
    }

    #[test]
    fn a_panic_becomes_a_code_and_a_text_and_goes_no_further() {
        log::take_panics();
        for words in ["nobody expects it", "a zero \0 inside"] {
            let result = call(|| panic!("{words}"));
            assert_eq!(result, ErrorCode::Internal.number());
            let shown = words.replace('\0', "\u{fffd}");
            assert_eq!(said(), format!("a fault in libtrustpack: {shown}"));
        }
        let result = call(|| std::panic::panic_any(7));
        assert_eq!(result, ErrorCode::Internal.number());
        assert_eq!(value(-1, || panic!("once more")), -1);
    }

    #[test]
    fn the_text_is_that_of_the_last_call_of_the_thread() {
        let wrong = || Err(CallError::Null { what: "it" });
        assert_eq!(call(wrong), ErrorCode::Argument.number());
        assert_eq!(said(), "it: a null pointer was given");
        let elsewhere = std::thread::spawn(said).join().expect("a text");
        assert_eq!(elsewhere, "");
        assert_eq!(call(|| Ok(Answer::Ok)), 0);
        assert_eq!(said(), "");
    }
}
