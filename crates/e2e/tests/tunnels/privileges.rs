//! Privileges: of those of root the few that changed files need are left, and none are needed at all.

use std::fs;
use std::os::unix::fs::chown;
use std::path::Path;

use trustpack_e2e::call::Call;
use trustpack_e2e::folder;
use trustpack_e2e::plain::{self, Service};
use trustpack_e2e::program;
use trustpack_e2e::tunnel::Tunnel;

use crate::certificates::Certificates;

/// `CAP_DAC_OVERRIDE`, `CAP_DAC_READ_SEARCH` and `CAP_NET_BIND_SERVICE` (`linux/capability.h`).
const KEPT: u64 = 1 << 1 | 1 << 2 | 1 << 10;

/// An account and group that are nobody's: `nobody` and `nogroup` of Debian.
const NOBODY: u32 = 65534;

/// Whether the stories run as root. As another account, what is shown here is so from the start.
fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// The privileges of this kind, thread by thread.
fn privileges(tunnel: &Tunnel, kind: &str) -> Vec<u64> {
    let said = tunnel.threads_say(kind).into_iter();
    said.map(|bits| u64::from_str_radix(&bits, 16).unwrap())
        .collect()
}

/// All of them but those that no program that is started could have, which only root can give up.
const OWN: [&str; 4] = ["CapEff", "CapPrm", "CapInh", "CapAmb"];

#[test]
fn no_thread_keeps_privileges_that_serving_does_not_need() {
    let certificates = Certificates::new();
    let folder = folder::temporary();
    let socket = folder.path().join("control");
    let service = Service::returning_at_end();
    let options = ["--control", socket.to_str().unwrap()];
    let server = certificates.server(service.address(), "p256", &options);
    let log = server.written();
    assert!(!log.contains("not confined"), "{log}");
    let bounding = is_root().then_some("CapBnd");
    for kind in OWN.into_iter().chain(bounding) {
        let all = privileges(&server, kind);
        assert!(all.len() > 2, "{all:?}");
        assert!(all.iter().all(|one| one & !KEPT == 0), "{kind}: {all:x?}");
    }
    // A key that only its owner may read is read again, by root as before.
    let (certificate, key) = (certificates.file("p256"), certificates.pki.key("p256"));
    for (from, to) in [
        (certificates.file("rsa"), &certificate),
        (certificates.pki.key("rsa"), &key),
    ] {
        fs::copy(from, to).unwrap();
    }
    if is_root() {
        chown(&key, Some(NOBODY), Some(NOBODY)).unwrap();
    }
    let reload = Call::trustpack(["tunnel", "reload", "--control"]).arg(&socket);
    reload.succeeds().prints("presents another certificate");
}

/// Everything in a folder, and itself, belongs to an account that is nobody's.
fn give_away(folder: &Path) {
    for file in fs::read_dir(folder).unwrap() {
        chown(file.unwrap().path(), Some(NOBODY), Some(NOBODY)).unwrap();
    }
    chown(folder, Some(NOBODY), Some(NOBODY)).unwrap();
}

#[test]
fn an_account_without_any_privilege_serves_in_the_sandbox() {
    let certificates = Certificates::new();
    let service = Service::returning_at_end();
    let socket = certificates.pki.path("control");
    let to = service.address().to_string();
    // Where the program is built the account may not come.
    let program = certificates.pki.path("trustpack");
    fs::copy(program::trustpack(), &program).unwrap();
    let call = if is_root() {
        give_away(certificates.pki.dir());
        let account = NOBODY.to_string();
        Call::foreign("setpriv", ["--reuid", &account, "--regid", &account])
            .args(["--clear-groups", "--no-new-privs"])
            .arg(&program)
    } else {
        Call::link(&program, [""; 0])
    };
    let call = call
        .args(["tunnel", "server", "--listen", "127.0.0.1:0", "--to", &to])
        .args(certificates.identity("p256"))
        .arg("--trusted-ca")
        .arg(certificates.file("root"))
        .args(["--sandbox", "required", "--control"])
        .arg(&socket);
    let server = Tunnel::start(call);
    let log = server.written();
    assert!(!log.contains("not confined"), "{log}");
    for kind in OWN {
        let all = privileges(&server, kind);
        assert!(all.iter().all(|one| *one == 0), "{kind}: {all:x?}");
    }
    let accounts = server.threads_say("Uid");
    assert!(
        !is_root() || accounts.iter().all(|ids| ids.starts_with("65534\t65534\t")),
        "{accounts:?}"
    );
    let client = certificates.client(server.address(), None, &[]);
    assert_eq!(plain::exchange(client.address(), b"data").unwrap(), b"data");
    fs::copy(certificates.file("rsa"), certificates.file("p256")).unwrap();
    fs::copy(certificates.pki.key("rsa"), certificates.pki.key("p256")).unwrap();
    let reload = Call::trustpack(["tunnel", "reload", "--control"]).arg(&socket);
    reload.succeeds().prints("presents another certificate");
    assert_eq!(plain::exchange(client.address(), b"data").unwrap(), b"data");
}
