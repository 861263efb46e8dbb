//! Which library this is.

#![expect(unsafe_code, reason = "names of the C interface are exported")]

use std::ffi::{CStr, c_char};

use crate::entry;

/// The number of the ABI, as in `libtrustpack.so.1`: another one means that programs must be compiled again.
pub(crate) const ABI: u32 = 1;

const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "\0");

/// The version of the library, such as "1.2.3".
#[unsafe(no_mangle)]
extern "C" fn trustpack_version() -> *const c_char {
    let version = CStr::from_bytes_until_nul(VERSION.as_bytes());
    version.unwrap_or(c"").as_ptr()
}

/// The number of its ABI.
#[unsafe(no_mangle)]
extern "C" fn trustpack_abi_version() -> u32 {
    ABI
}

/// What the last call of this thread has to say.
#[unsafe(no_mangle)]
extern "C" fn trustpack_message() -> *const c_char {
    entry::message()
}
