"""TLS peers with pyOpenSSL, which brings an OpenSSL of its own that is newer than Debian's.

Each line of standard input is one connection, its words between tabs; see driven.rs, which says what they are. A server
says where it listens first; then, and as a client, one line says what came of it: "carried" with the hashes of what was
received and sent, or "refused" with the error. Nothing is sent before all of the client's octets have come.
"""

import hashlib
import socket
import struct
import sys

from cryptography import x509
from OpenSSL import SSL, crypto

PATIENCE_SECONDS = 60
VERSIONS = {
    "1.0": SSL.TLS1_VERSION,
    "1.1": SSL.TLS1_1_VERSION,
    "1.2": SSL.TLS1_2_VERSION,
    "1.3": SSL.TLS1_3_VERSION,
}


class Refused(Exception):
    pass


class Peer:
    def __init__(self, version, certificate, key, trusted, crl, verify):
        self.faults = []
        self.context = SSL.Context(SSL.TLS_METHOD)
        if version in ("1.0", "1.1"):
            self.context.set_cipher_list(b"DEFAULT@SECLEVEL=0")
        self.context.set_min_proto_version(VERSIONS[version])
        self.context.set_max_proto_version(VERSIONS[version])
        if certificate != "-":
            self.context.use_certificate_chain_file(certificate)
            self.context.use_privatekey_file(key)
        self.context.load_verify_locations(trusted)
        store = self.context.get_cert_store()
        with open(crl, "rb") as file:
            store.add_crl(x509.load_pem_x509_crl(file.read()))
        store.set_flags(crypto.X509StoreFlags.CRL_CHECK)
        self.context.set_verify(verify, self.judge)

    def judge(self, connection, certificate, error, depth, judged):
        if error:
            self.faults.append(error_text(error))
        return judged

    def handshake(self, plain, accept, name=None):
        connection = SSL.Connection(self.context, plain)
        if accept:
            connection.set_accept_state()
        else:
            connection.set_connect_state()
            connection.set_tlsext_host_name(name.encode())
        try:
            connection.do_handshake()
        except (SSL.Error, OSError) as error:
            raise Refused(" ".join(self.faults + [repr(error)])) from None
        return connection


def error_text(number):
    from OpenSSL._util import ffi, lib

    return ffi.string(lib.X509_verify_cert_error_string(number)).decode()


def limit(plain):
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", PATIENCE_SECONDS, 0))


def receive(connection, count):
    received = bytearray()
    while len(received) < count:
        try:
            received += connection.recv(65536)
        except (SSL.Error, OSError) as error:
            raise Refused(repr(error)) from None
    return bytes(received)


def digest(octets):
    return hashlib.sha256(octets).hexdigest()


def end(connection):
    """Ends TLS, and waits for the other end to do so."""
    if not connection.shutdown():
        try:
            connection.recv(1)
        except SSL.ZeroReturnError:
            pass


def client(address, name, version, certificate, key, trusted, crl, up, down):
    with open(up, "rb") as file:
        sent = file.read()
    with open(down, "rb") as file:
        expected = len(file.read())
    peer = Peer(version, certificate, key, trusted, crl, SSL.VERIFY_PEER)
    host, port = address.rsplit(":", 1)
    with socket.create_connection((host, int(port))) as plain:
        limit(plain)
        connection = peer.handshake(plain, False, name)
        try:
            connection.sendall(sent)
        except (SSL.Error, OSError):
            pass  # Why stands in what is to be read.
        received = receive(connection, expected)
        end(connection)
        return digest(received), digest(sent)


def server(mutual, version, certificate, key, trusted, crl, up, down):
    with open(up, "rb") as file:
        expected = len(file.read())
    with open(down, "rb") as file:
        sent = file.read()
    demand = SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT if mutual == "1" else SSL.VERIFY_NONE
    peer = Peer(version, certificate, key, trusted, crl, demand)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print("listening", "127.0.0.1:%d" % listener.getsockname()[1], sep="\t", flush=True)
        plain, _ = listener.accept()
        with plain:
            limit(plain)
            connection = peer.handshake(plain, True)
            received = receive(connection, expected)
            connection.sendall(sent)
            end(connection)
            return digest(received), digest(sent)


for line in sys.stdin:
    role, *words = line.rstrip("\n").split("\t")
    try:
        hashes = {"client": client, "server": server}[role](*words)
        print("carried", *hashes, sep="\t", flush=True)
    except Refused as refused:
        print("refused", " ".join(str(refused).split()), sep="\t", flush=True)
