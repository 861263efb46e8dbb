//! Flags of `create_ca.sh` and `create_cert.sh` that make no sense.

use super::check_refused;
use crate::ca_scripts::Scripts;

#[test]
fn create_ca_refuses_what_makes_no_sense() {
    let scripts = Scripts::new();
    let long = "x".repeat(65);
    let check = |flags: &[&str], code: i32, words: &[&str]| {
        check_refused(scripts.create_ca(flags), scripts.dir(), code, words);
    };
    let cn = "-CN";
    check(&[], 2, &["CN"]);
    check(&[cn], 2, &["CN"]);
    check(&[cn, "x", "extra"], 2, &["extra"]);
    check(&[cn, "x", "-nonsense"], 2, &["unexpected argument"]);
    check(&[cn, "x", cn, "y"], 2, &["CN"]);
    check(&[cn, "x", "-keySz", "1024"], 2, &["1024", "2048"]);
    check(&[cn, "x", "-keySz", "many"], 2, &["many", "whole number"]);
    check(&[cn, "x", "-dgst", "md5"], 2, &["md5", "sha256"]);
    check(&[cn, "x", "-time", "0"], 2, &["0 days", "1 to"]);
    check(&[cn, "x", "-time", "-1"], 2, &["-1", "by =: -time=-1"]);
    check(&[cn, "x", "-O", "-y"], 2, &["-y", "by =: -O=-y"]);
    check(&[cn, "x", "-O=-y", "-C=DEU"], 2, &["'DEU'", "two letters"]);
    check(
        &[cn, "x", "-time", "99999999999999999999"],
        2,
        &["99999999999999999999", "so many days", "1 to 36525"],
    );
    check(&[cn, "x", "-E", "nobody"], 2, &["nobody", "local@domain"]);
    check(&[cn, &long], 2, &["65 characters", "at most 64"]);
    check(&[cn, ""], 2, &["empty"]);
    check(&[cn, "x", "-C", "DEU"], 2, &["'DEU'", "two letters"]);
    check(&[cn, "x", "-OU", "a\tb"], 2, &["'\\t'", "(OU)"]);
}

#[test]
fn create_cert_refuses_what_makes_no_sense() {
    let scripts = Scripts::with_ca();
    let check = |flags: &[&str], code: i32, words: &[&str]| {
        let call = scripts.create_cert(&["-CN", "x"]).args(flags);
        check_refused(call, scripts.dir(), code, words);
    };
    let host = ["-host", "a.example.com"];
    let with = |flags: [&'static str; 2]| [host[0], host[1], flags[0], flags[1]];
    check(&[], 2, &["host"]);
    check(
        &["-host", "a/b.example.com"],
        2,
        &["\"a/b.example.com\"", "'/'", "letters, digits"],
    );
    check(&with(["-IP", "300.1.1.1"]), 2, &["300.1.1.1"]);
    check(&with(["-SANip", "10.0.0.1, ten"]), 2, &["\"ten\""]);
    check(
        &with(["-SANdomain", "b.example.com,c d"]),
        2,
        &["\"c d\"", "letters, digits"],
    );
    check(
        &with(["-SANdomain", "a.*.example.com"]),
        2,
        &["a.*.example.com"],
    );
    check(&with(["-dgst", "md4"]), 2, &["md4", "sha1, sha224"]);
    check(&with(["-password-file", "missing"]), 1, &["missing"]);
    check(&with(["-ca-password-file", "missing"]), 1, &["missing"]);
    check(
        &with(["-key-group", "no-such-group"]),
        1,
        &["no-such-group"],
    );
    check(&with(["-C", "D"]), 2, &["\"D\"", "two letters"]);
}

#[test]
fn a_folder_without_a_ca_is_named() {
    let scripts = Scripts::new();
    let call = scripts.create_cert(&["-host", "a.example.com", "-CN", "a"]);
    check_refused(
        call,
        scripts.dir(),
        1,
        &["no CA directory", "ca_conf", "create_ca.sh makes one"],
    );
    scripts.create_ca(&["-CN", "First"]).succeeds();
    let call = scripts.create_ca(&["-CN", "Second"]);
    check_refused(
        call,
        scripts.dir(),
        1,
        &["has a CA already", "CN=First", "nothing was changed"],
    );
}
