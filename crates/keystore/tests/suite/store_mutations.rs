//! No file makes a reader panic, take much memory or much time: stores of each format with octets
//! changed, cut and repeated, by a fixed seed.

use trustpack_keystore::contents;
use trustpack_keystore::password::Passwords;
use trustpack_keystore::pkcs7;
use trustpack_keystore::store::write::StoreFormat;

use crate::fixtures;
use crate::jks;
use crate::programs::Folder;

/// Marsaglia's xorshift: no randomness, and the same everywhere.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(limit.max(1)).unwrap()).unwrap()
    }
}

/// Changes a few octets, then perhaps cuts the file or repeats a part of it.
fn mutated(file: &[u8], numbers: &mut Numbers) -> Vec<u8> {
    let mut file = file.to_vec();
    for _ in 0..=numbers.below(3) {
        let at = numbers.below(file.len());
        let special = [0, 1, 0x7f, 0x80, 0x81, 0x84, 0xff];
        file[at] = match numbers.below(3) {
            0 => special[numbers.below(special.len())],
            1 => file[at] ^ (1 << numbers.below(8)),
            _ => numbers.next().to_le_bytes()[0],
        };
    }
    match numbers.below(6) {
        0 => file.truncate(numbers.below(file.len())),
        1 => {
            let from = numbers.below(file.len());
            let to = (from + numbers.below(64)).min(file.len());
            let part = file[from..to].to_vec();
            file.splice(from..from, part);
        }
        _ => {}
    }
    file
}

#[track_caller]
fn check(name: &str, file: &[u8], passwords: &Passwords, rounds: usize) {
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    assert!(contents::read(file, passwords).is_ok(), "{name} itself");
    for _ in 0..rounds {
        let file = mutated(file, &mut numbers);
        // What comes of it is not said; that something comes of it is.
        drop(contents::read(&file, passwords));
    }
}

const ROUNDS: usize = 3_000;

#[test]
fn files_without_encryption() {
    let folder = Folder::new();
    folder.write("text", "signed\n");
    folder.run("openssl cms -sign -in text -signer @ca_cert.pem -inkey @p256_pkcs8.pem -stream -nodetach -outform der -out signed.p7s");
    folder.run("openssl req -new -key @p256_pkcs8.pem -subj /CN=a -outform der -out csr.der");
    let certificates = ["rsa_cert.pem", "ca_cert.pem"].map(fixtures::certificate);
    let none = Passwords::none();
    for (name, file) in [
        ("certificate", fixtures::bytes("ca_cert.der")),
        ("trusted", fixtures::bytes("ca_trusted.pem")),
        ("request", folder.read("csr.der")),
        ("PKCS#7 in BER", folder.read("signed.p7s")),
        ("PKCS#7", pkcs7::write(&certificates, &[]).unwrap()),
        (
            "text",
            pkcs7::write_pem(&certificates, &[]).unwrap().into_bytes(),
        ),
    ] {
        check(name, &file, &none, ROUNDS);
    }
}

#[test]
fn stores_of_java() {
    let file = jks::file(StoreFormat::Jks);
    check("JKS", &file, &Passwords::none(), ROUNDS);
    check("JKS", &file, &fixtures::secret().into(), ROUNDS);
    let folder = Folder::new();
    folder.run("keytool -importcert -alias other -file @other_cert.pem -noprompt -storetype JCEKS -keystore s -storepass secret1");
    check("JCEKS", &folder.read("s"), &Passwords::none(), ROUNDS);
}

#[test]
fn pkcs12() {
    let folder = Folder::new();
    let make = "openssl pkcs12 -export -inkey @rsa_pkcs8.pem -in @rsa_cert.pem -certfile \
                @ca_cert.pem -noiter -nomaciter -passout pass:secret -legacy";
    for options in [
        "-nomac",
        "-keypbe NONE -certpbe NONE",
        "-nomac -keypbe NONE -certpbe NONE",
    ] {
        folder.run(&format!("{make} {options} -out file"));
        check(
            options,
            &folder.read("file"),
            &fixtures::secret().into(),
            ROUNDS / 3,
        );
    }
    folder.run("mkdir db");
    folder.run("certutil -N -d db --empty-password");
    folder.run("pk12util -i @openssl_modern.pfx -d db -W secret -K ''");
    folder.run("pk12util -o ber -n host -d db -W secret -K '' -C NONE");
    check(
        "BER",
        &folder.read("ber"),
        &Passwords::from(fixtures::secret()),
        100,
    );
}
