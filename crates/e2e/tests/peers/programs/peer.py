"""TLS peers with Python's module ssl.

Each line of standard input is one connection, its words between tabs; see driven.rs, which says what they are. A server
says where it listens first; then, and as a client, one line says what came of it: "carried" with the hashes of what was
received and sent, or "refused" with the error. Nothing is sent before all of the client's octets have come.
"""

import hashlib
import socket
import ssl
import sys

VERSIONS = {
    "1.0": ssl.TLSVersion.TLSv1,
    "1.1": ssl.TLSVersion.TLSv1_1,
    "1.2": ssl.TLSVersion.TLSv1_2,
    "1.3": ssl.TLSVersion.TLSv1_3,
}


def context(kind, version, certificate, key, trusted, crl):
    made = ssl.SSLContext(kind)
    if version in ("1.0", "1.1"):
        made.set_ciphers("DEFAULT@SECLEVEL=0")
    made.minimum_version = made.maximum_version = VERSIONS[version]
    if certificate != "-":
        made.load_cert_chain(certificate, key)
    made.load_verify_locations(trusted)
    made.load_verify_locations(crl)
    made.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF
    return made


def receive(stream, count):
    received = bytearray()
    while len(received) < count:
        more = stream.recv(65536)
        if not more:
            raise EOFError("the other end closed")
        received += more
    return bytes(received)


def digest(octets):
    return hashlib.sha256(octets).hexdigest()


def client(address, name, version, certificate, key, trusted, crl, up, down):
    with open(up, "rb") as file:
        sent = file.read()
    with open(down, "rb") as file:
        expected = len(file.read())
    made = context(ssl.PROTOCOL_TLS_CLIENT, version, certificate, key, trusted, crl)
    host, port = address.rsplit(":", 1)
    with socket.create_connection((host, int(port)), timeout=60) as plain:
        with made.wrap_socket(plain, server_hostname=name) as stream:
            stream.sendall(sent)
            received = receive(stream, expected)
            stream.unwrap()
            return digest(received), digest(sent)


def server(mutual, version, certificate, key, trusted, crl, up, down):
    with open(up, "rb") as file:
        expected = len(file.read())
    with open(down, "rb") as file:
        sent = file.read()
    made = context(ssl.PROTOCOL_TLS_SERVER, version, certificate, key, trusted, crl)
    made.verify_mode = ssl.CERT_REQUIRED if mutual == "1" else ssl.CERT_NONE
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print("listening", "127.0.0.1:%d" % listener.getsockname()[1], sep="\t", flush=True)
        listener.settimeout(60)
        plain, _ = listener.accept()
        plain.settimeout(60)
        with plain, made.wrap_socket(plain, server_side=True) as stream:
            received = receive(stream, expected)
            stream.sendall(sent)
            stream.unwrap()
            return digest(received), digest(sent)


for line in sys.stdin:
    role, *words = line.rstrip("\n").split("\t")
    try:
        hashes = {"client": client, "server": server}[role](*words)
        print("carried", *hashes, sep="\t", flush=True)
    except (OSError, EOFError) as refused:
        print("refused", " ".join(str(refused).split()), sep="\t", flush=True)
