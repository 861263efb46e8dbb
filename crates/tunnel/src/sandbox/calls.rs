//! System calls, by seccomp: a list of what a process that serves needs, for every thread of it.
//!
//! What is not on the list answers that the system does not have it (`ENOSYS`): the C library then takes an older way
//! where there is one, as from `clone3`, whose arguments cannot be looked at, to `clone`. There is no way to start a
//! program, to make a process, or a socket of another kind than those that carry connections.
//!
//! What Landlock does not see of a connection is kept from here: other protocols than TCP under the kind of a stream, and
//! sending that connects (`MSG_FASTOPEN`).
//!
//! Invariant: nothing on the list changes what the process may do, but to less.

use std::collections::{BTreeMap, BTreeSet};

use libc::c_long;
use seccompiler::{
    BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition,
    SeccompFilter, SeccompRule, TargetArch, apply_filter_all_threads,
};

use super::Bounds;

/// The calls cannot be restricted.
#[derive(Debug, thiserror::Error)]
pub(super) enum CallsError {
    /// No list was made for this processor.
    #[error("there is no list of calls for this kind of processor")]
    Processor,
    /// The filter cannot be made.
    #[error("the filter cannot be made: {0}")]
    Filter(#[from] BackendError),
    /// The kernel does not take it.
    #[error("the kernel does not take the filter: {0}")]
    Kernel(#[from] seccompiler::Error),
}

/// Calls whose arguments do not matter.
const ALLOWED: &[c_long] = &[
    // Bytes of connections, and waiting for them.
    libc::SYS_read,
    libc::SYS_readv,
    libc::SYS_write,
    libc::SYS_writev,
    libc::SYS_recvfrom,
    libc::SYS_recvmsg,
    libc::SYS_recvmmsg,
    libc::SYS_epoll_create1,
    libc::SYS_epoll_ctl,
    libc::SYS_epoll_pwait,
    libc::SYS_epoll_pwait2,
    libc::SYS_ppoll,
    libc::SYS_pselect6,
    libc::SYS_eventfd2,
    libc::SYS_pipe2,
    // Connections. Listening sockets are there already: neither `bind` nor `listen`.
    libc::SYS_accept,
    libc::SYS_accept4,
    libc::SYS_connect,
    libc::SYS_shutdown,
    libc::SYS_getsockname,
    libc::SYS_getpeername,
    libc::SYS_getsockopt,
    // Files, which Landlock looks at.
    libc::SYS_openat,
    libc::SYS_close,
    libc::SYS_close_range,
    libc::SYS_lseek,
    libc::SYS_pread64,
    libc::SYS_fstat,
    libc::SYS_newfstatat,
    libc::SYS_statx,
    libc::SYS_statfs,
    libc::SYS_fstatfs,
    libc::SYS_faccessat,
    libc::SYS_faccessat2,
    libc::SYS_readlinkat,
    libc::SYS_getdents64,
    libc::SYS_getcwd,
    libc::SYS_fadvise64,
    libc::SYS_fcntl,
    libc::SYS_dup,
    libc::SYS_unlinkat,
    // Memory.
    libc::SYS_munmap,
    libc::SYS_mremap,
    libc::SYS_madvise,
    libc::SYS_brk,
    libc::SYS_membarrier,
    // Threads and signals of this process.
    libc::SYS_futex,
    libc::SYS_set_robust_list,
    libc::SYS_get_robust_list,
    libc::SYS_rseq,
    libc::SYS_set_tid_address,
    libc::SYS_gettid,
    libc::SYS_getpid,
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_sched_yield,
    libc::SYS_sched_getaffinity,
    libc::SYS_sigaltstack,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_restart_syscall,
    libc::SYS_landlock_restrict_self,
    libc::SYS_capset,
    // Time, chance, and who we are.
    libc::SYS_clock_gettime,
    libc::SYS_clock_getres,
    libc::SYS_clock_nanosleep,
    libc::SYS_nanosleep,
    libc::SYS_gettimeofday,
    libc::SYS_getrandom,
    libc::SYS_getuid,
    libc::SYS_geteuid,
    libc::SYS_getgid,
    libc::SYS_getegid,
    libc::SYS_getrusage,
    libc::SYS_sysinfo,
    libc::SYS_uname,
];

/// The same by older names, which newer processors do not have.
#[cfg(target_arch = "x86_64")]
const ALLOWED_OLD: &[c_long] = &[
    libc::SYS_open,
    libc::SYS_stat,
    libc::SYS_lstat,
    libc::SYS_access,
    libc::SYS_readlink,
    libc::SYS_unlink,
    libc::SYS_poll,
    libc::SYS_select,
    libc::SYS_epoll_wait,
    libc::SYS_time,
];

#[cfg(not(target_arch = "x86_64"))]
const ALLOWED_OLD: &[c_long] = &[];

/// Kinds of sockets, the options in the upper bits aside.
const SOCKET_KIND: u64 = 0xf;

/// Of `prctl`: names of threads and of memory, and fewer privileges.
const OF_PRCTL: [i32; 7] = [
    libc::PR_SET_NAME,
    libc::PR_GET_NAME,
    libc::PR_SET_NO_NEW_PRIVS,
    libc::PR_CAPBSET_READ,
    libc::PR_CAPBSET_DROP,
    libc::PR_GET_DUMPABLE,
    libc::PR_SET_VMA,
];

/// Of `ioctl`: whether a socket waits, how much it has, whether it is a terminal.
const OF_IOCTL: [u64; 4] = [libc::FIONBIO, libc::FIONREAD, libc::FIOCLEX, libc::TCGETS];

/// The option that puts another protocol over a TCP socket, such as SMC, which Landlock does not see either.
///
/// Source: `include/uapi/linux/tcp.h` of Linux.
const TCP_ULP: u64 = 31;

/// Allows only the calls of the list, in every thread.
pub(super) fn restrict_process(bounds: &Bounds) -> Result<(), CallsError> {
    let program = program(bounds)?;
    Ok(apply_filter_all_threads(&program)?)
}

fn processor() -> Option<TargetArch> {
    if cfg!(target_arch = "x86_64") {
        Some(TargetArch::x86_64)
    } else if cfg!(target_arch = "aarch64") {
        Some(TargetArch::aarch64)
    } else {
        None
    }
}

fn program(bounds: &Bounds) -> Result<BpfProgram, CallsError> {
    let processor = processor().ok_or(CallsError::Processor)?;
    let all = ALLOWED.iter().chain(ALLOWED_OLD);
    let mut rules: BTreeMap<c_long, Vec<SeccompRule>> =
        all.map(|call| (*call, Vec::new())).collect();
    rules.insert(libc::SYS_socket, sockets(bounds)?);
    rules.insert(libc::SYS_socketpair, only(vec![is(0, libc::AF_UNIX)?])?);
    rules.extend(sending(bounds)?);
    rules.extend(memory(bounds)?);
    let other = SeccompCmpOp::Ne;
    let option = SeccompCondition::new(2, SeccompCmpArgLen::Dword, other, TCP_ULP)?;
    rules.insert(libc::SYS_setsockopt, only(vec![option])?);
    let thread = u64::from(libc::CLONE_THREAD.unsigned_abs());
    rules.insert(libc::SYS_clone, only(vec![masked(0, thread, thread)?])?);
    // Before Linux 6.12 Landlock does not keep signals from other processes of the account.
    let ourselves = equal(0, u64::from(std::process::id()))?;
    rules.insert(libc::SYS_tgkill, only(vec![ourselves])?);
    let of_prctl = OF_PRCTL.map(|option| SeccompRule::new(vec![is(0, option)?]));
    rules.insert(
        libc::SYS_prctl,
        of_prctl.into_iter().collect::<Result<_, _>>()?,
    );
    let of_ioctl = OF_IOCTL.map(|request| SeccompRule::new(vec![equal(1, request)?]));
    rules.insert(
        libc::SYS_ioctl,
        of_ioctl.into_iter().collect::<Result<_, _>>()?,
    );
    // Asked for, not set: the new limit is none.
    let asked = SeccompCondition::new(2, SeccompCmpArgLen::Qword, SeccompCmpOp::Eq, 0)?;
    rules.insert(libc::SYS_prlimit64, only(vec![asked])?);
    let refused = SeccompAction::Errno(libc::ENOSYS.unsigned_abs());
    let filter = SeccompFilter::new(rules, refused, SeccompAction::Allow, processor)?;
    Ok(filter.try_into()?)
}

/// TCP; what lookups of names need beside it only where there are any, and UNIX sockets only where one is led to.
fn sockets(bounds: &Bounds) -> Result<Vec<SeccompRule>, BackendError> {
    let mut kinds = Vec::new();
    for family in [libc::AF_INET, libc::AF_INET6] {
        // Another protocol under the same kind, such as MPTCP, would connect to any port: Landlock looks at TCP alone.
        kinds.push((family, libc::SOCK_STREAM, libc::IPPROTO_TCP));
        if bounds.names {
            kinds.push((family, libc::SOCK_DGRAM, libc::IPPROTO_UDP));
        }
    }
    if bounds.names || bounds.unix {
        kinds.push((libc::AF_UNIX, libc::SOCK_STREAM, 0));
    }
    if bounds.names {
        kinds.push((libc::AF_UNIX, libc::SOCK_DGRAM, 0));
    }
    let mut rules = Vec::new();
    for (family, kind, protocol) in kinds {
        for protocol in BTreeSet::from([0, protocol]) {
            let kind = masked(1, SOCKET_KIND, u64::from(kind.unsigned_abs()))?;
            let conditions = vec![is(0, family)?, kind, is(2, protocol)?];
            rules.push(SeccompRule::new(conditions)?);
        }
    }
    Ok(rules)
}

type Rule = (c_long, Vec<SeccompRule>);

/// Sending, but not to where nobody has connected to: `MSG_FASTOPEN` connects, and Landlock is not asked.
fn sending(bounds: &Bounds) -> Result<Vec<Rule>, BackendError> {
    let connects = u64::from(libc::MSG_FASTOPEN.unsigned_abs());
    let without = |argument| only(vec![masked(argument, connects, 0)?]);
    let mut rules = vec![
        (libc::SYS_sendto, without(3)?),
        (libc::SYS_sendmsg, without(2)?),
    ];
    if bounds.names {
        // As the resolver of the C library asks for both kinds of address.
        rules.push((libc::SYS_sendmmsg, without(3)?));
    }
    Ok(rules)
}

/// Memory; such that can be run only where the C library loads modules to look names up.
fn memory(bounds: &Bounds) -> Result<Vec<Rule>, BackendError> {
    let run = u64::from(libc::PROT_EXEC.unsigned_abs());
    let calls = [libc::SYS_mmap, libc::SYS_mprotect].into_iter();
    let rules = calls.map(|call| {
        let rules = if bounds.names {
            Vec::new()
        } else {
            only(vec![masked(2, run, 0)?])?
        };
        Ok((call, rules))
    });
    rules.collect()
}

fn only(conditions: Vec<SeccompCondition>) -> Result<Vec<SeccompRule>, BackendError> {
    Ok(vec![SeccompRule::new(conditions)?])
}

fn is(argument: u8, value: i32) -> Result<SeccompCondition, BackendError> {
    equal(argument, u64::from(value.unsigned_abs()))
}

/// The lower half is what the kernel takes.
fn equal(argument: u8, value: u64) -> Result<SeccompCondition, BackendError> {
    SeccompCondition::new(argument, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, value)
}

fn masked(argument: u8, mask: u64, value: u64) -> Result<SeccompCondition, BackendError> {
    let operator = SeccompCmpOp::MaskedEq(mask);
    SeccompCondition::new(argument, SeccompCmpArgLen::Dword, operator, value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_filter_can_be_made_for_this_processor() {
        assert!(!program(&Bounds::default()).unwrap().is_empty());
    }

    #[test]
    fn what_starts_programs_or_looks_into_others_is_not_on_the_list() {
        let forbidden = [
            libc::SYS_execve,
            libc::SYS_execveat,
            libc::SYS_clone3,
            libc::SYS_ptrace,
            libc::SYS_process_vm_readv,
            libc::SYS_mount,
            libc::SYS_bind,
            libc::SYS_listen,
            libc::SYS_kill,
            libc::SYS_io_uring_setup,
            libc::SYS_bpf,
            libc::SYS_setuid,
        ];
        for call in forbidden {
            assert!(
                !ALLOWED.contains(&call) && !ALLOWED_OLD.contains(&call),
                "{call}"
            );
        }
    }
}
