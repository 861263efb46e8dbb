//! Privileges of root, which are given up but for those with which changed settings and files are read.
//!
//! Each thread has its own: whoever is there before the sandbox gives them up too. Invariant: no thread gets one back.

use rustix::io::{Errno, Result};
use rustix::thread::{
    CapabilitySet, CapabilitySets, capabilities, capability_is_in_bounding_set,
    remove_capability_from_bounding_set, set_capabilities,
};

/// Files of other accounts, which root could read at the start; and low ports, where nothing else forbids new addresses.
///
/// Source: `capabilities(7)`.
const KEPT: CapabilitySet = CapabilitySet::DAC_OVERRIDE
    .union(CapabilitySet::DAC_READ_SEARCH)
    .union(CapabilitySet::NET_BIND_SERVICE);

/// What a thread may still have.
#[derive(Clone, Copy, Debug)]
pub(super) struct Privileges(CapabilitySets);

impl Privileges {
    /// Of the thread that calls this: those of [`KEPT`] that it has.
    pub(super) fn kept() -> Result<Self> {
        let present = capabilities(None)?;
        Ok(Self(CapabilitySets {
            effective: present.effective & KEPT,
            permitted: present.permitted & KEPT,
            inheritable: present.inheritable & KEPT,
        }))
    }

    /// Gives all others up, in the thread that calls this. Those that a program would be started with (ambient) go with
    /// the inheritable ones.
    pub(super) fn apply(self) -> Result<()> {
        leave_bounding_set()?;
        set_capabilities(None, self.0)
    }
}

/// What no program that is started could have either. Only who may do so can; who may not has nothing that would come back.
fn leave_bounding_set() -> Result<()> {
    for number in 0..u64::BITS {
        let one = CapabilitySet::from_bits_retain(1 << number);
        if KEPT.contains(one) {
            continue;
        }
        match capability_is_in_bounding_set(one) {
            Ok(true) => {}
            Ok(false) => continue,
            // This kernel knows no further ones.
            Err(_) => break,
        }
        match remove_capability_from_bounding_set(one) {
            Ok(()) => {}
            Err(Errno::PERM) => break,
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
