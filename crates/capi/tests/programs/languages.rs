//! Clients in Python and Java, with `openssl s_server` at the other end.

use std::fs;
use std::path::PathBuf;

use trustpack_e2e::call::{Call, Outcome};
use trustpack_e2e::openssl_peer::ReversingServer;
use trustpack_e2e::pki::Pki;

use crate::support::{self, Build};
use crate::world::{client_fleet, option, pki_with_strangers};

const QUESTION: &[u8] = b"hello\n";

#[test]
fn a_client_in_python_calls_openssl_and_is_told_why_it_does_not() {
    let pki = pki_with_strangers();
    let server = ReversingServer::start(&pki.certificate("host"), &pki.key("host"), [""; 0]);
    let call = |root: &str| {
        let python = Call::foreign("python3", [support::of_crate("examples/client.py")]);
        support::with_library(python)
            .args([
                "127.0.0.1",
                &server.address().port().to_string(),
                "host.example.com",
            ])
            .arg(option("trusted-ca", &pki.certificate(root)))
            .arg("tls-target-name-check=host")
            .stdin(QUESTION)
    };
    call("root")
        .succeeds()
        .prints("olleh\n")
        .says("TLS 1.3, server DNS:host.example.com");
    call("other-root").refused("(-3)");
}

/// The folder with the class and the library between it and ours.
fn java() -> PathBuf {
    let sources = support::of_crate("examples/java");
    let folder = support::folder().join("java");
    Call::foreign("javac", ["-d"])
        .arg(&folder)
        .arg(sources.join("Trustpack.java"))
        .succeeds();
    // The compiler of Java tells where its own folder is.
    let shown = Call::foreign("java", ["-XshowSettings:properties", "-version"]).succeeds();
    let home = shown
        .stderr
        .lines()
        .find_map(|line| line.trim().strip_prefix("java.home = "));
    let include = PathBuf::from(home.expect("the home of Java")).join("include");
    Call::foreign(
        "gcc",
        [
            "-std=c11", "-Wall", "-Wextra", "-Werror", "-O1", "-shared", "-fPIC",
        ],
    )
    .arg("-I")
    .arg(&include)
    .arg("-I")
    .arg(include.join("linux"))
    .arg("-I")
    .arg(support::of_crate("include"))
    .arg(sources.join("trustpack_jni.c"))
    .arg("-L")
    .arg(support::folder())
    .args(["-ltrustpack", "-o"])
    .arg(folder.join("libtrustpack_jni.so"))
    .succeeds();
    folder
}

#[test]
fn a_client_in_java_calls_openssl_and_is_told_why_it_does_not() {
    let pki = pki_with_strangers();
    let server = ReversingServer::start(&pki.certificate("host"), &pki.key("host"), [""; 0]);
    let folder = java();
    let run = |root: &str| -> Call { java_client(&folder, &pki, root, server.address().port()) };
    let good: Outcome = run("root").succeeds();
    let good = good
        .prints("olleh\n")
        .says("TLS 1.3, server DNS:host.example.com");
    let refused = run("other-root").refused("failed: ");
    for outcome in [good, refused] {
        // What -Xcheck:jni finds it says on standard output, and goes on.
        assert!(!outcome.stdout.contains("WARNING"), "{outcome}");
    }
}

fn java_client(folder: &std::path::Path, pki: &Pki, root: &str, port: u16) -> Call {
    let fleet = pki.path(&format!("{root}.toml"));
    fs::write(&fleet, client_fleet(pki, root)).unwrap();
    support::with_library(Call::foreign("java", ["-Xcheck:jni", "-cp"]).arg(folder))
        .arg(format!("-Djava.library.path={}", folder.display()))
        .arg("Trustpack")
        .arg(fleet)
        .args(["Orders/Stock", "127.0.0.1", &port.to_string()])
        .stdin(QUESTION)
}

#[test]
fn the_library_says_how_to_link_it() {
    // As a package fills it in.
    let file = fs::read_to_string(support::of_crate("trustpack.pc.in")).unwrap();
    let folder = support::folder().join("pkgconfig");
    fs::create_dir_all(&folder).unwrap();
    let libraries = support::folder().display().to_string();
    let filled = file
        .replace("@PREFIX@", &support::of_crate("").display().to_string())
        .replace("@LIBDIR@", &libraries)
        .replace("@VERSION@", env!("CARGO_PKG_VERSION"));
    fs::write(folder.join("trustpack.pc"), filled).unwrap();
    let shown = Call::foreign("pkg-config", ["--cflags", "--libs", "trustpack"])
        .env("PKG_CONFIG_PATH", &folder.display().to_string())
        .succeeds();
    let flags: Vec<&str> = shown.stdout.split_whitespace().collect();
    let program = folder.join("client");
    Call::foreign("gcc", ["-std=c11"])
        .arg(support::of_crate("examples/client.c"))
        .args(flags)
        .arg("-o")
        .arg(&program)
        .succeeds();
    support::run(&program).exits_with(2).says("usage: client");
    assert!(support::program("client", Build::Static).exists());
}

/// Runs the server of the guide where port 5000 is free, and a client that says something to it.
const SERVED: &str = "ip link set lo up
\"$0\" &
until (exec 3<>/dev/tcp/127.0.0.1/5000) 2>/dev/null; do
  kill -0 $! || exit 99
  sleep 0.05
done
\"$@\"
code=$?
kill $!
exit $code";

#[test]
fn the_server_of_the_guide_serves() {
    let guide = support::of_crate("../../docs/guides/c-library.md");
    let guide = fs::read_to_string(guide).unwrap();
    let (_, code) = guide.split_once("```c\n").expect("a program");
    let (code, _) = code.split_once("```\n").expect("its end");
    let fleet = "/etc/trustpack/fleet.toml";
    assert!(code.contains(fleet));
    let pki = pki_with_strangers();
    let real = pki.path("guide.toml").display().to_string();
    let source = support::folder().join("guide.c");
    fs::write(&source, code.replace(fleet, &real)).unwrap();
    let program = support::folder().join("guide");
    Call::foreign("gcc", ["-std=c11", "-Wall", "-Wextra", "-Werror", "-I"])
        .arg(support::of_crate("include"))
        .arg(source)
        .arg("-L")
        .arg(support::folder())
        .args(["-ltrustpack", "-o"])
        .arg(&program)
        .succeeds();
    support::run(&program).exits_with(1).says(&real);
    let text = client_fleet(&pki, "root").replace("\"Orders\"", "\"Desk\"");
    let text = text.replace("\"Stock\"", "\"Orders\"");
    fs::write(&real, text).unwrap();
    let words = ["--map-root-user", "--net", "bash", "-c", SERVED];
    support::with_library(Call::foreign("unshare", words))
        .arg(&program)
        .arg(support::program("client", Build::Shared))
        .args(["127.0.0.1", "5000", "host.example.com"])
        .arg(option("trusted-ca", &pki.certificate("root")))
        .arg("tls-target-name-check=host")
        .stdin(QUESTION)
        .succeeds()
        .prints("hello\n");
}
