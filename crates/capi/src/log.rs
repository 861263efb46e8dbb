//! The log of the library: a function of the program's own, or nobody.
//!
//! What is told: findings about settings and files, what a reload came to, faults of ours. Not what became of a
//! connection, which the program learns from its calls. Never a key or a password.
//!
//! Invariant: without a function nothing is written anywhere; standard error is the program's.

#![expect(
    unsafe_code,
    reason = "names of the C interface are exported, and a function of C is called"
)]

use std::ffi::{CString, c_char};
use std::panic;
use std::sync::{Once, PoisonError, RwLock};

use trustpack_settings::finding::{Finding, Severity};

use crate::boundary::User;
use crate::entry::call;
use crate::numbers::{Answer, Level};

/// A function of the program.
type Function = unsafe extern "C" fn(user: User, level: i32, message: *const c_char);

/// A function of the program that is called without words, with what it is to get back.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Notice {
    pub(crate) function: unsafe extern "C" fn(user: User),
    pub(crate) user: User,
}

impl Notice {
    pub(crate) fn call(&self) {
        // SAFETY: the header demands a function of this form that may be called on any thread.
        unsafe { (self.function)(self.user) };
    }
}

/// Who is told.
static LISTENER: RwLock<Option<(Function, User)>> = RwLock::new(None);

/// Sets who is told, or nobody.
#[unsafe(no_mangle)]
extern "C" fn trustpack_set_log(function: Option<Function>, user: User) -> i32 {
    call(|| {
        let mut listener = LISTENER.write().unwrap_or_else(PoisonError::into_inner);
        *listener = function.map(|function| (function, user));
        take_panics();
        Ok(Answer::Ok)
    })
}

/// Tells whoever listens.
pub(crate) fn write(level: Level, message: &str) {
    // Copied, so that the function may set another one.
    let listener = *LISTENER.read().unwrap_or_else(PoisonError::into_inner);
    let Some((function, user)) = listener else {
        return;
    };
    let message = CString::new(message.replace('\0', "\u{fffd}")).unwrap_or_default();
    // SAFETY: the header demands a function of this form that may be called on any thread; the text lives for the call.
    unsafe { function(user, level.number(), message.as_ptr()) };
}

/// Tells of findings.
pub(crate) fn findings<'f>(found: impl IntoIterator<Item = &'f Finding>) {
    for finding in found {
        let level = match finding.severity() {
            Severity::Error => Level::Error,
            Severity::Warning => Level::Warning,
            Severity::Note => Level::Info,
        };
        let (code, place) = (finding.code(), &finding.place);
        let (message, remedy) = (&finding.message, &finding.remedy);
        write(
            level,
            &format!("{code} {place}: {message} (remedy: {remedy})"),
        );
    }
}

/// Keeps panics of ours from standard error: whoever catches them tells of them.
pub(crate) fn take_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| panic::set_hook(Box::new(|_| {})));
}
