//! How many files and sockets the process may have open.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Raises the limit as far as the system lets this account, and says what it is then; `None` if there is none.
///
/// The lower one of the two limits is for programs that use `select(2)`, which cannot have more than 1024; ours do not.
pub(crate) fn raise() -> Option<u64> {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    // Where it cannot be raised, what there is has to do.
    setrlimit(Resource::Nofile, raised).ok();
    getrlimit(Resource::Nofile).current
}
