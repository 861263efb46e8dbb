//! Memory that was freed, back to the operating system.
//!
//! The allocator of glibc keeps what is freed for the threads of one of its arenas, and gives back only what lies at the
//! end of one. A process with several threads that once had many connections so keeps their memory for ever, and takes
//! more for the next ones where another thread serves them.
//!
//! Invariant: what is in use is not touched.

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GivenBack {
    /// Some memory went back.
    Some,
    /// There was none to give.
    Nothing,
    /// The allocator of this system decides that alone.
    NotAsked,
}

/// Gives back what the allocator holds and nobody uses, in whole pages. Takes time by how much that is: each arena is
/// locked meanwhile, so it is nothing for every day.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(
    unsafe_code,
    reason = "no safe library has this call, and a global allocator of our own would be much more unsafe code"
)]
#[must_use]
pub fn give_back() -> GivenBack {
    // SAFETY: malloc_trim may be called by any thread at any time (malloc_trim(3): MT-Safe) and touches free memory only.
    if unsafe { libc::malloc_trim(0) } == 1 {
        GivenBack::Some
    } else {
        GivenBack::Nothing
    }
}

/// There is no such call.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
#[must_use]
pub fn give_back() -> GivenBack {
    GivenBack::NotAsked
}

#[cfg(test)]
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod tests {
    use std::fs;
    use std::hint::black_box;

    use super::{GivenBack, give_back};

    /// Pieces too small to have pages of their own, from a system of their own each.
    const PIECES: usize = 40_000;
    const PIECE_BYTES: usize = 1024;

    fn resident_kibibytes() -> u64 {
        let status = fs::read_to_string("/proc/self/status").expect("Linux has it");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let number = line.and_then(|line| line.split_whitespace().next());
        number
            .and_then(|number| number.parse().ok())
            .expect("a number")
    }

    #[test]
    fn memory_below_a_piece_that_is_kept_goes_back() {
        let pieces: Vec<_> = (0..PIECES)
            .map(|_| black_box(vec![1_u8; PIECE_BYTES]))
            .collect();
        // As long as it lives, what is below it is not at the end of the arena.
        let kept = black_box(vec![1_u8; PIECE_BYTES]);
        drop(pieces);
        let before = resident_kibibytes();
        assert_eq!(give_back(), GivenBack::Some);
        let after = resident_kibibytes();
        assert!(
            before - after > 30_000,
            "{before} KiB before, {after} KiB after, of 40000 that were freed"
        );
        assert_eq!(kept.len(), PIECE_BYTES);
    }
}
