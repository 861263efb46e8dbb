//! Gives the shared library its name for the loader: programs that were linked with one `libtrustpack.so.1` run with
//! any later one of the same number, which is that of the ABI.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    if std::env::var_os("CARGO_CFG_UNIX").is_some() {
        println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libtrustpack.so.1");
        // A thread that watches files runs code of the library, and each thread that called it frees its text when it ends.
        println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");
    }
}
