//! Certification requests with any octets as names, which no program would write by itself.
//!
//! OpenSSL has the key and signs; the rest is put together here (RFC 2986 section 4).

use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;
use trustpack_e2e::call::Call;
use trustpack_e2e::folder;

/// Makes requests, one after the other, for one key.
pub(super) struct RawRequest {
    folder: TempDir,
    public_key: Vec<u8>,
}

const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const UTF8_STRING: u8 = 0x0c;
/// The attributes of a request.
const ATTRIBUTES: u8 = 0xa0;
/// A dNSName.
const DNS_NAME: u8 = 0x82;
/// Object identifiers, with their tag and length.
const ORGANIZATION: &[u8] = &[0x06, 3, 0x55, 4, 10];
const COMMON_NAME: &[u8] = &[0x06, 3, 0x55, 4, 3];
const SUBJECT_ALT_NAME: &[u8] = &[0x06, 3, 0x55, 0x1d, 17];
const EXTENSION_REQUEST: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x0e";
const ECDSA_WITH_SHA256: &[u8] = b"\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02";

impl RawRequest {
    /// With a new key on P-256.
    #[track_caller]
    pub(super) fn new() -> Self {
        let folder = folder::temporary();
        let curve = ["-pkeyopt", "ec_paramgen_curve:P-256", "-out", "a.key"];
        let key = Call::foreign("openssl", ["genpkey", "-algorithm", "EC"]).args(curve);
        key.within(folder.path()).succeeds();
        let output = ["-pubout", "-outform", "DER", "-out", "a.pub"];
        let public = Call::foreign("openssl", ["pkey", "-in", "a.key"]).args(output);
        public.within(folder.path()).succeeds();
        let public_key = fs::read(folder.path().join("a.pub")).unwrap();
        Self { folder, public_key }
    }

    /// Where the request is.
    pub(super) fn file(&self) -> PathBuf {
        self.folder.path().join("a.csr")
    }

    /// Writes a request of an organization, with `h.example.com` as common name, for a host.
    #[track_caller]
    pub(super) fn write(&self, organization: &str, host: &[u8]) {
        let attribute = |kind: &[u8], text: &str| {
            der(
                SET,
                &[&der(
                    SEQUENCE,
                    &[kind, &der(UTF8_STRING, &[text.as_bytes()])],
                )],
            )
        };
        let subject = [
            attribute(ORGANIZATION, organization),
            attribute(COMMON_NAME, "h.example.com"),
        ];
        let names = der(OCTET_STRING, &[&der(SEQUENCE, &[&der(DNS_NAME, &[host])])]);
        let extensions = der(SEQUENCE, &[&der(SEQUENCE, &[SUBJECT_ALT_NAME, &names])]);
        let asked = der(SEQUENCE, &[EXTENSION_REQUEST, &der(SET, &[&extensions])]);
        let info = der(
            SEQUENCE,
            &[
                &der(INTEGER, &[&[0]]),
                &der(SEQUENCE, &[&subject.concat()]),
                &self.public_key,
                &der(ATTRIBUTES, &[&asked]),
            ],
        );
        let signature = der(BIT_STRING, &[&[0], &self.sign(&info)]);
        let algorithm = der(SEQUENCE, &[ECDSA_WITH_SHA256]);
        let request = der(SEQUENCE, &[&info, &algorithm, &signature]);
        fs::write(self.file(), request).unwrap();
    }

    #[track_caller]
    fn sign(&self, octets: &[u8]) -> Vec<u8> {
        let dir = self.folder.path();
        fs::write(dir.join("a.info"), octets).unwrap();
        let arguments = [
            "dgst", "-sha256", "-sign", "a.key", "-out", "a.sig", "a.info",
        ];
        Call::foreign("openssl", arguments).within(dir).succeeds();
        fs::read(dir.join("a.sig")).unwrap()
    }
}

/// A value with its tag and length (X.690 section 8.1).
fn der(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let contents = parts.concat();
    let length = contents.len().to_be_bytes();
    let length: Vec<u8> = length.into_iter().skip_while(|octet| *octet == 0).collect();
    let mut value = vec![tag];
    match length.as_slice() {
        [] => value.push(0),
        [short] if *short < 0x80 => value.push(*short),
        long => {
            value.push(0x80 | u8::try_from(long.len()).unwrap());
            value.extend(long);
        }
    }
    value.extend(contents);
    value
}
