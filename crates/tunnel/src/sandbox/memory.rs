//! The memory of a process that serves, which holds private keys: nobody else of its account gets at it.
//!
//! Invariant: neither a crash nor a debugger writes a key down.

use super::{Missing, Part};

/// No core dumps, and nobody of the same account reads the memory, which holds private keys.
///
/// # Errors
///
/// [`Missing`] when the system does not do it.
#[cfg(target_os = "linux")]
pub fn hide_memory() -> Result<(), Missing> {
    hidden().map_err(|error| Missing {
        part: Part::Memory,
        reason: error.to_string(),
    })
}

/// No core dumps, and nobody of the same account reads the memory, which holds private keys.
///
/// # Errors
///
/// [`Missing`]: not on this system.
#[cfg(not(target_os = "linux"))]
pub fn hide_memory() -> Result<(), Missing> {
    Err(Missing {
        part: Part::Memory,
        reason: "only Linux has it".to_owned(),
    })
}

#[cfg(target_os = "linux")]
fn hidden() -> Result<(), rustix::io::Errno> {
    use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    setrlimit(Resource::Core, none)?;
    set_dumpable_behavior(DumpableBehavior::NotDumpable)
}
