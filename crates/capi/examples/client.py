"""A client in Python, by ctypes: sends its standard input, prints the answer, and says who answered.

    echo hello | python3 client.py 127.0.0.1 8443 host.example.com trusted-ca=/etc/ssl/ca.pem tls-target-name-check=host

Every TLS option can be given as NAME=VALUE. Python itself has TLS; this is for programs that are to live under the
settings of a fleet, with context_from_fleet in place of context_from_options.
"""

import ctypes
import socket
import sys
from ctypes import POINTER, byref, c_char_p, c_int, c_int32, c_size_t, c_void_p, create_string_buffer

CLIENT = 2
OK, WANT_READ, WANT_WRITE, CLOSED = 0, 1, 2, 3
FACT_VERSION, FACT_PEER_NAMES = 1, 13


class Option(ctypes.Structure):
    _fields_ = [("name", c_char_p), ("value", c_char_p)]


def library():
    """The library, with the types of the functions that are used here: without them pointers lose half their bits."""
    found = ctypes.CDLL("libtrustpack.so.1")
    if found.trustpack_abi_version() != 1:
        raise ImportError("another libtrustpack")
    for name, result, arguments in [
        ("trustpack_message", c_char_p, []),
        (
            "trustpack_context_from_options",
            c_int32,
            [c_int32, POINTER(Option), c_size_t, c_char_p, POINTER(c_void_p)],
        ),
        ("trustpack_context_free", None, [c_void_p]),
        ("trustpack_connection_of_socket", c_int32, [c_void_p, c_int, POINTER(c_void_p)]),
        ("trustpack_connection_handshake", c_int32, [c_void_p]),
        ("trustpack_connection_read", c_int32, [c_void_p, c_char_p, c_size_t, POINTER(c_size_t)]),
        ("trustpack_connection_write", c_int32, [c_void_p, c_char_p, c_size_t, POINTER(c_size_t)]),
        ("trustpack_connection_shutdown", c_int32, [c_void_p]),
        ("trustpack_connection_fact", c_char_p, [c_void_p, c_int32]),
        ("trustpack_connection_reason", c_int32, [c_void_p]),
        ("trustpack_connection_free", None, [c_void_p]),
    ]:
        function = getattr(found, name)
        function.restype, function.argtypes = result, arguments
    return found


class Refused(Exception):
    """What the library says of a call that failed."""


TLS = library()


def check(result, *allowed):
    if result != OK and result not in allowed:
        raise Refused(f"{TLS.trustpack_message().decode()} ({result})")
    return result


def talk(connection, question):
    """Sends a question, and gives what comes back until the server ends."""
    done = c_size_t()
    check(TLS.trustpack_connection_handshake(connection))
    version = TLS.trustpack_connection_fact(connection, FACT_VERSION)
    names = TLS.trustpack_connection_fact(connection, FACT_PEER_NAMES)
    # Certificates may have no alternative names.
    print(f"{version.decode()}, server {(names or b'without a name').decode()}", file=sys.stderr)
    check(TLS.trustpack_connection_write(connection, question, len(question), byref(done)))
    check(TLS.trustpack_connection_shutdown(connection))
    buffer, answer = create_string_buffer(16384), b""
    while check(TLS.trustpack_connection_read(connection, buffer, len(buffer), byref(done)), CLOSED) != CLOSED:
        answer += buffer.raw[: done.value]
    return answer


def main(address, port, name, *words):
    pairs = [word.split("=", 1) for word in words]
    options = (Option * len(pairs))(*(Option(name.encode(), value.encode()) for name, value in pairs))
    context, connection = c_void_p(), c_void_p()
    check(TLS.trustpack_context_from_options(CLIENT, options, len(pairs), name.encode(), byref(context)))
    try:
        # Closed after the connection was freed. Without a time limit of Python's own the socket blocks.
        with socket.create_connection((address, int(port))) as server:
            try:
                check(TLS.trustpack_connection_of_socket(context, server.fileno(), byref(connection)))
                sys.stdout.buffer.write(talk(connection, sys.stdin.buffer.read()))
            finally:
                TLS.trustpack_connection_free(connection)
    finally:
        TLS.trustpack_context_free(context)


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except Refused as refused:
        sys.exit(f"failed: {refused}")
