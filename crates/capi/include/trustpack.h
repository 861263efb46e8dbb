/*
 * trustpack.h - TLS under the settings of a fleet, for programs in C and whatever calls C.
 *
 * A context is a TLS server or client: it has settings, certificates, trusted CAs and revocation lists, and follows
 * their changes when it is told to. A connection is made of a context, over a socket of the program or over buffers
 * that the program fills and empties.
 *
 * Threads: a context may be used by any number of threads at once. A connection is used by one thread at a time; a
 * second one gets TRUSTPACK_ERROR_BUSY. Functions without an object may be called by any thread.
 * No function may be called in a handler of signals: note the signal there, and call from the program.
 *
 * What is demanded of the caller, and cannot be checked: pointers to objects are those that were got and not yet freed;
 * an object is not freed while another thread uses it; texts are UTF-8 and end with a zero; a buffer has the length that
 * is said; a socket stays open until its connection is freed. Null pointers and objects of another kind are refused.
 *
 * After fork() a connection goes on in the process that made it alone: both would encrypt different bytes under one key.
 * Elsewhere it gets TRUSTPACK_ERROR_STATE, and may be freed, which says nothing to the peer. Contexts may be used in both,
 * each following its settings for itself; one that another thread of the parent was just using stays so for ever, so fork
 * before there are threads. The watching thread is the parent's alone.
 *
 * Signals: none is taken by a thread of this library. A call that waits for a socket goes on waiting after a signal; a time
 * limit of the socket, shutdown(2) from another thread, or a socket that does not block end it.
 *
 * The library stays loaded once it was: dlclose() takes nothing away that a thread may still run or read.
 *
 * Memory: where the system gives none, the process ends, as with most programs of today; no other call ends it. The
 * environment is read for settings as `env:NAME`: no other thread may change it meanwhile (setenv).
 *
 * Sources: RFC 8446 (TLS 1.3), RFC 5246 (TLS 1.2), POSIX.1-2017 for sockets.
 */
#ifndef TRUSTPACK_H
#define TRUSTPACK_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* --- Results ------------------------------------------------------------------------------------------------------
 *
 * A function that returns trustpack_result answers with one of these: zero and above is no error, below zero is one.
 * trustpack_message() says in words what is wrong.
 */

typedef int32_t trustpack_result;

enum {
    /** It is done. */
    TRUSTPACK_OK = 0,
    /** It goes on when bytes of the peer can be read: wait until the socket is readable, or feed some; then call again. */
    TRUSTPACK_WANT_READ = 1,
    /** It goes on when bytes for the peer can be written: wait until the socket is writable, or take some; then call again. */
    TRUSTPACK_WANT_WRITE = 2,
    /** The peer has said, in due form, that it will say nothing more. */
    TRUSTPACK_CLOSED = 3,
    /** Files were changing while they were read; nothing was taken over. Call again a moment later. */
    TRUSTPACK_TRY_AGAIN = 4,
    /** An argument makes no sense: a null pointer, an object of another kind, a text that is not UTF-8, an unknown number. */
    TRUSTPACK_ERROR_ARGUMENT = -1,
    /** Settings or files have errors; trustpack_message() has a line for each, with its remedy. */
    TRUSTPACK_ERROR_SETTINGS = -2,
    /** The handshake failed, or the peer broke the protocol: trustpack_connection_reason() says why. */
    TRUSTPACK_ERROR_TLS = -3,
    /** The peer was trusted, and no longer is: its certificate was revoked, say. Or the connection is in plain text, and
     *  the settings do not allow that any more. */
    TRUSTPACK_ERROR_CUT = -4,
    /** The connection below TLS failed, or ended without a word. */
    TRUSTPACK_ERROR_IO = -5,
    /** This cannot be asked for now, or of this object. */
    TRUSTPACK_ERROR_STATE = -6,
    /** Another thread uses the connection now. */
    TRUSTPACK_ERROR_BUSY = -7,
    /** A fault in this library. The connection or context is of no use any more, and must be freed. */
    TRUSTPACK_ERROR_INTERNAL = -8
};

/* --- The library --------------------------------------------------------------------------------------------------
 */

/** The number of the ABI that this header describes. */
#define TRUSTPACK_ABI_VERSION 1

/**
 * The version of the library, such as "1.2.3".
 *
 * It stays for ever. Never null.
 */
const char *trustpack_version(void);

/**
 * The number of the ABI of the library, as in libtrustpack.so.1.
 *
 * A program that was compiled with another TRUSTPACK_ABI_VERSION must be compiled again. Functions and numbers may be
 * added under the same one; none changes or goes.
 */
uint32_t trustpack_abi_version(void);

/**
 * What the last call of this thread has to say: why it failed, or what a reload has changed; one or more lines.
 *
 * Empty if it has nothing to say. Functions that give a value or a text, and not a result, leave it as it is unless they
 * fail. It stays until the next call of this thread, so ask for it in a statement after that of the call: in
 * `printf("%d %s", trustpack_connection_handshake(c), trustpack_message())` C may ask for it first, and what is printed is
 * gone. Never null. Texts of peers in it are escaped, and no key or password is ever in it.
 */
const char *trustpack_message(void);

/** How bad it is what a line of the log tells. */
enum {
    /** Something does not work. */
    TRUSTPACK_LOG_ERROR = 1,
    /** Something works and is doubtful. */
    TRUSTPACK_LOG_WARNING = 2,
    /** Worth knowing. */
    TRUSTPACK_LOG_INFO = 3
};

/** A function of the program that is told. `message` is gone when it returns. */
typedef void (*trustpack_log_function)(void *user, int32_t level, const char *message);

/**
 * Sets the function that is told what is doubtful about settings and files, what a reload came to, and faults of the
 * library; NULL for none.
 *
 * It is called by the thread that called this library, in the middle of that call, and perhaps by several at once; by
 * the watching thread after trustpack_context_watch(). It must not jump out of it (longjmp, C++ exceptions). It may call
 * this library, but not free the context whose call is telling it; only of what the watching thread tells it may free the
 * context. Else whoever frees a context, or ends its watching, waits for the watching thread: a function that waits for a
 * lock which that caller holds waits for ever. What
 * becomes of connections is not told here: calls return it. `user` is handed to it as it is. One function for the
 * whole process. A thread that is just telling the one before may still be in it when this returns.
 *
 * Returns TRUSTPACK_OK.
 */
trustpack_result trustpack_set_log(trustpack_log_function function, void *user);

/* --- Contexts -----------------------------------------------------------------------------------------------------
 */

/** A TLS server or client. */
typedef struct trustpack_context trustpack_context;

/** Which side of connections. */
enum {
    /** It accepts connections. */
    TRUSTPACK_SERVER = 1,
    /** It makes connections. */
    TRUSTPACK_CLIENT = 2
};

/** Name and value of a TLS option: the page reference/options of the documentation has them all. */
typedef struct trustpack_option {
    const char *name;
    const char *value;
} trustpack_option;

/** What a reload has changed. */
enum {
    /** Nothing. */
    TRUSTPACK_CHANGE_NOTHING = 0,
    /** It presents another certificate, and trusts whom it trusted. */
    TRUSTPACK_CHANGE_IDENTITY = 1,
    /** Whom it trusts, or how it speaks. No earlier session is resumed, and whoever is no longer trusted is cut. */
    TRUSTPACK_CHANGE_TRUST = 2
};

/**
 * Makes a context of an endpoint of a fleet: of a port, which gives a server, or of a connection, which gives a client.
 *
 * `path` is a fleet file or a folder of them. `host` is the host on which this program runs; NULL for that of the
 * application. `place` is the endpoint, as `App:port`, `App/Target:port` or `App/Target:port@backup`.
 *
 * Puts the context where `context` points to; on an error nothing is put there. Errors: TRUSTPACK_ERROR_ARGUMENT;
 * TRUSTPACK_ERROR_SETTINGS when the fleet cannot be read, does not have the endpoint on that host, or its settings or
 * files have errors. An endpoint that does no TLS is an error too, at a reload as well: a program that calls this never
 * speaks plain text by a setting alone, unless the port detects TLS (`upgrade=1`).
 */
trustpack_result trustpack_context_from_fleet(const char *path, const char *host, const char *place,
                                              trustpack_context **context);

/**
 * The same, for a program that leaves it to the settings whether there is TLS at all: of an endpoint that they leave
 * open (`mode = "unsecured"`, `tls=0`) it makes a context that carries plain text. All calls are the same then:
 * handshakes are done at once, bytes pass as they are, and trustpack_context_is_plain() tells.
 *
 * A reload changes such a context between plain text and TLS, as the settings do. When they demand TLS, connections in
 * plain text are cut (TRUSTPACK_ERROR_CUT, TRUSTPACK_REASON_PLAIN_ENDED); if TLS cannot be set up, the reload says why,
 * and nothing is let through until it can: a new connection fails with TRUSTPACK_ERROR_CUT. When they leave it open,
 * new connections are in plain text, and those of TLS go on; once TLS is demanded again their peers are judged again, by
 * what is trusted then, and those that it does not trust any more are cut.
 *
 * Arguments and errors as trustpack_context_from_fleet().
 */
trustpack_result trustpack_context_from_fleet_or_plain(const char *path, const char *host, const char *place,
                                                       trustpack_context **context);

/**
 * Makes a context of the own file of a component: INI with `[security]` or `transport = ...`, or a file of environment
 * variables (`.sh`, `.bat`). Its options are those of the endpoint; TLS is on without being said.
 *
 * `role` is TRUSTPACK_SERVER or TRUSTPACK_CLIENT. `peer_name` is the name or address of the server that a client calls,
 * or NULL. It is sent to it, and demanded of its certificate if the file says `tls-target-name-check=host`.
 *
 * Puts the context where `context` points to; on an error nothing is put there. Errors: TRUSTPACK_ERROR_ARGUMENT;
 * TRUSTPACK_ERROR_SETTINGS when the file cannot be read, or it or the files that it names have errors.
 */
trustpack_result trustpack_context_from_file(int32_t role, const char *path, const char *peer_name,
                                             trustpack_context **context);

/**
 * Makes a context of options. TLS is on without being said; relative paths start at the current folder.
 *
 * `role` and `peer_name` are as in trustpack_context_from_file(). `options` has `count` options, which are copied.
 *
 * Puts the context where `context` points to; on an error nothing is put there. Errors: TRUSTPACK_ERROR_ARGUMENT, also
 * for a name that is no option or is given twice; TRUSTPACK_ERROR_SETTINGS when the options or the files that they name
 * have errors, such as one option under both of its names (`crl` and `tls-crl`).
 */
trustpack_result trustpack_context_from_options(int32_t role, const trustpack_option *options, size_t count,
                                                const char *peer_name, trustpack_context **context);

/**
 * Reads settings and files again, and takes them over if nothing is wrong with them; else everything stays as it was.
 *
 * New connections have the new ones at once, and none fails for it. Connections whose peers are no longer trusted are
 * cut: see trustpack_connection_on_cut(). What has changed goes where `change` points to, unless that is NULL, and
 * trustpack_message() says it in words.
 *
 * Returns TRUSTPACK_OK or TRUSTPACK_TRY_AGAIN. Errors: TRUSTPACK_ERROR_ARGUMENT; TRUSTPACK_ERROR_SETTINGS when
 * something is wrong and the old stays.
 */
trustpack_result trustpack_context_reload(trustpack_context *context, int32_t *change);

/**
 * Does what trustpack_context_reload() does, if one of the files that were read is another than it was, and else nothing.
 *
 * For programs with a timer: a look costs some microseconds a file. What could not be taken over is tried again by the
 * first call that comes 10 seconds later, since a list may have become valid, or the process may have descriptors for its
 * files again; the calls between answer TRUSTPACK_OK. While another thread reads, a call waits for it.
 *
 * Returns and errors as trustpack_context_reload(), each time that something was tried. The function of
 * trustpack_set_log() is told of an error once, and again when it is another one.
 */
trustpack_result trustpack_context_refresh(trustpack_context *context, int32_t *change);

/**
 * Has a thread look at the files once in so many milliseconds, and do what trustpack_context_refresh() does; 0 ends it.
 * 1000 is a good number. For programs without a timer.
 *
 * What becomes of it is told to the function of trustpack_set_log(), on that thread. What could not be taken over is
 * tried again every 10 seconds, and told once. Freeing the context ends the thread, and waits for it: see
 * trustpack_set_log().
 *
 * Returns TRUSTPACK_OK. Errors: TRUSTPACK_ERROR_ARGUMENT; TRUSTPACK_ERROR_STATE when the system gives no thread.
 */
trustpack_result trustpack_context_watch(trustpack_context *context, uint32_t milliseconds);

/**
 * Takes over other options, in place of all earlier ones, in a context that was made of options. If anything is wrong
 * with them, everything stays as it was.
 *
 * Returns and errors as trustpack_context_reload(); TRUSTPACK_ERROR_STATE when the settings stand in files.
 */
trustpack_result trustpack_context_set_options(trustpack_context *context, const trustpack_option *options,
                                               size_t count, int32_t *change);

/**
 * The number of the generation of trust: 1 at first, and more with each change of whom it trusts. 0 in plain text, and on
 * an error; TLS that comes back after plain text has a number that was not there before.
 */
uint64_t trustpack_context_generation(trustpack_context *context);

/**
 * TRUSTPACK_SERVER or TRUSTPACK_CLIENT; 0 on an error.
 */
int32_t trustpack_context_role(trustpack_context *context);

/**
 * 1 if new connections of the context are in plain text, since the settings leave the endpoint open; 0 if it does TLS, or
 * detects it; -1 on an error. Only after trustpack_context_from_fleet_or_plain() it may be 1.
 */
int32_t trustpack_context_is_plain(trustpack_context *context);

/**
 * Frees a context. Connections that were made of it go on, but no reload reaches them any more. NULL is fine.
 */
void trustpack_context_free(trustpack_context *context);

/* --- Connections --------------------------------------------------------------------------------------------------
 */

/** A connection of a context. */
typedef struct trustpack_connection trustpack_connection;

/**
 * Makes a connection over a connected socket, of TCP or UNIX. Nothing is read or written yet.
 *
 * If the socket blocks, calls wait; if it does not (O_NONBLOCK), they return TRUSTPACK_WANT_READ or
 * TRUSTPACK_WANT_WRITE instead. Time limits of the socket (SO_RCVTIMEO, SO_SNDTIMEO) count once the handshake is done,
 * and end a call in the same way. The socket stays the program's, and must stay open until the connection is freed.
 * No SIGPIPE is raised by it.
 *
 * Puts the connection where `connection` points to. Errors: TRUSTPACK_ERROR_ARGUMENT; TRUSTPACK_ERROR_TLS when TLS
 * cannot begin; TRUSTPACK_ERROR_CUT when the context carried plain text, and its settings do not allow that any more.
 */
trustpack_result trustpack_connection_of_socket(trustpack_context *context, int socket,
                                                trustpack_connection **connection);

/**
 * Makes a connection whose bytes the program moves: it feeds what came from the peer (trustpack_connection_feed()), and
 * takes what is for the peer (trustpack_connection_take()). No call waits.
 *
 * After every call there may be something to take. Errors as trustpack_connection_of_socket().
 */
trustpack_result trustpack_connection_of_buffers(trustpack_context *context, trustpack_connection **connection);

/**
 * Limits how long the handshake may take, from the first call that goes on with it; 0 for no limit. 10 seconds if not
 * said. To be called before the handshake.
 *
 * On a socket that does not block, and over buffers, somebody must call for the limit to be noticed: have a timer that
 * calls trustpack_connection_handshake().
 *
 * Returns TRUSTPACK_OK. Errors: TRUSTPACK_ERROR_ARGUMENT, TRUSTPACK_ERROR_BUSY; TRUSTPACK_ERROR_STATE when it has begun.
 */
trustpack_result trustpack_connection_set_handshake_limit(trustpack_connection *connection, uint32_t milliseconds);

/**
 * Goes on with the handshake. Reading and writing do that too, so that calling this is a matter of taste.
 *
 * When it is done the peer was judged by the settings of the context. Under TLS 1.3 a server may refuse the certificate
 * of a client after the client is done: its first read fails then. At a port that detects TLS (`upgrade=1`) the first
 * bytes of the client decide: see trustpack_connection_is_plain().
 *
 * Returns TRUSTPACK_OK when it is done, TRUSTPACK_WANT_READ or TRUSTPACK_WANT_WRITE. Errors: TRUSTPACK_ERROR_ARGUMENT,
 * TRUSTPACK_ERROR_BUSY, TRUSTPACK_ERROR_TLS, TRUSTPACK_ERROR_CUT, TRUSTPACK_ERROR_IO. After one of the last three the
 * connection is of no use, and says the same again; the peer was told as far as possible. Over buffers take that first.
 */
trustpack_result trustpack_connection_handshake(trustpack_connection *connection);

/**
 * Reads what the peer says: at most `length` bytes into `buffer`, and how many goes where `done` points to. A call
 * gives 16 KiB at most. What stands behind those bytes in the buffer may be written over.
 *
 * Returns TRUSTPACK_OK with at least one byte (unless `length` is 0), TRUSTPACK_WANT_READ or TRUSTPACK_WANT_WRITE with
 * none, or TRUSTPACK_CLOSED when the peer has ended in due form. An end without that may mean that somebody on the way
 * has cut it short: TRUSTPACK_ERROR_IO, with the reason TRUSTPACK_REASON_CUT_SHORT. Other errors as
 * trustpack_connection_handshake().
 */
trustpack_result trustpack_connection_read(trustpack_connection *connection, void *buffer, size_t length,
                                           size_t *done);

/**
 * Writes `length` bytes of `buffer` to the peer; how many were taken goes where `done` points to.
 *
 * On a socket that blocks all of them are, unless a time limit of the socket ends the call. Else there may be fewer, and
 * some may still wait in the library: as long as trustpack_connection_wants_write() says so, call
 * trustpack_connection_flush() when the socket is writable; over buffers, take them. What was not taken is to be given
 * again.
 *
 * Returns TRUSTPACK_OK, or TRUSTPACK_WANT_READ or TRUSTPACK_WANT_WRITE when none was taken. Errors as
 * trustpack_connection_handshake(); TRUSTPACK_ERROR_STATE after trustpack_connection_shutdown().
 */
trustpack_result trustpack_connection_write(trustpack_connection *connection, const void *buffer, size_t length,
                                            size_t *done);

/**
 * Sends what waits in the library to the socket. Over buffers there is nowhere to send it: what waits is to be taken, and
 * until then trustpack_connection_wants_write() says so, whatever this returns.
 *
 * Returns TRUSTPACK_OK when nothing waits any more (over buffers: when everything can be taken), or
 * TRUSTPACK_WANT_WRITE. Errors as trustpack_connection_handshake().
 */
trustpack_result trustpack_connection_flush(trustpack_connection *connection);

/**
 * Says to the peer that nothing more will be said (close_notify), and ends the writing direction of a socket. Reading
 * goes on until the peer does the same.
 *
 * Without it the peer must take what it has got for cut short. Returns TRUSTPACK_OK when it is sent, or
 * TRUSTPACK_WANT_WRITE. Errors as trustpack_connection_handshake().
 */
trustpack_result trustpack_connection_shutdown(trustpack_connection *connection);

/**
 * Over buffers: takes `length` bytes that came from the peer; how many of them goes where `taken` points to. There is room
 * for 64 KiB; reading makes room.
 *
 * Returns TRUSTPACK_OK. What they mean says the next call that reads, writes or goes on with the handshake. Errors:
 * TRUSTPACK_ERROR_ARGUMENT, TRUSTPACK_ERROR_BUSY; TRUSTPACK_ERROR_STATE over a socket.
 */
trustpack_result trustpack_connection_feed(trustpack_connection *connection, const void *bytes, size_t length,
                                           size_t *taken);

/**
 * Over buffers: hears that no more bytes will come from the peer.
 *
 * Returns and errors as trustpack_connection_feed().
 */
trustpack_result trustpack_connection_feed_end(trustpack_connection *connection);

/**
 * Over buffers: gives bytes for the peer, at most `length` of them into `buffer`; how many goes where `given` points to,
 * 0 when there are none. Also after a failure: the peer is told by them.
 *
 * Returns and errors as trustpack_connection_feed().
 */
trustpack_result trustpack_connection_take(trustpack_connection *connection, void *buffer, size_t length,
                                           size_t *given);

/**
 * 1 if bytes wait to be sent: flush them over a socket, take them over buffers. 0 if none do, and on an error.
 */
int32_t trustpack_connection_wants_write(trustpack_connection *connection);

/** A function of the program that is called when a connection is to be cut. */
typedef void (*trustpack_cut_function)(void *user);

/**
 * Sets the function that is called when the connection is to be cut, since its peer is no longer trusted after a reload;
 * NULL for none. For connections over buffers; a socket is shut down besides, which wakes whoever waits for it.
 *
 * It is called by the thread that reloads, in the middle of that, or at once if that has been. It must not call this
 * library, and not wait for a lock that others hold while they call it: wake the thread that uses the connection, whose
 * next call gets TRUSTPACK_ERROR_CUT. `user` is handed to it as it is.
 *
 * Returns TRUSTPACK_OK. Errors: TRUSTPACK_ERROR_ARGUMENT, TRUSTPACK_ERROR_BUSY.
 */
trustpack_result trustpack_connection_on_cut(trustpack_connection *connection, trustpack_cut_function function,
                                             void *user);

/**
 * Frees a connection. Says nothing to the peer: call trustpack_connection_shutdown() before. Does not close the socket.
 * NULL is fine.
 */
void trustpack_connection_free(trustpack_connection *connection);

/* --- What is known of a connection ----------------------------------------------------------------------------------
 */

/** What can be asked of a connection, as a text. Texts of peers are escaped. */
enum {
    /** "TLS 1.2" or "TLS 1.3". */
    TRUSTPACK_FACT_VERSION = 1,
    /** The cipher suite, by its IANA name. */
    TRUSTPACK_FACT_CIPHER_SUITE = 2,
    /** The group of the key exchange, by its IANA name. */
    TRUSTPACK_FACT_GROUP = 3,
    /** At a server: the host that the client asked for (SNI). */
    TRUSTPACK_FACT_SERVER_NAME = 4,
    /** The subject of the peer's certificate, "C=DE, O=Example, CN=host". */
    TRUSTPACK_FACT_PEER_SUBJECT = 10,
    /** Its issuer. */
    TRUSTPACK_FACT_PEER_ISSUER = 11,
    /** Its serial number, in hexadecimal. */
    TRUSTPACK_FACT_PEER_SERIAL = 12,
    /** The names in its SAN, "DNS:a.example.com, IP:10.0.0.1". A value with a comma, a quote or a backslash stands in
     *  quotes, with `\"` and `\\` in it: do not split at commas alone. */
    TRUSTPACK_FACT_PEER_NAMES = 13,
    /** Its fingerprint, SHA-256. */
    TRUSTPACK_FACT_PEER_FINGERPRINT = 14,
    /** Its first moment, "2026-01-31T00:00:00Z". */
    TRUSTPACK_FACT_PEER_NOT_BEFORE = 15,
    /** Its last moment. */
    TRUSTPACK_FACT_PEER_NOT_AFTER = 16,
    /** The certificate itself, PEM. */
    TRUSTPACK_FACT_PEER_PEM = 17
};

/**
 * A fact of a connection whose handshake is done; one of TRUSTPACK_FACT_*.
 *
 * NULL when it is not known, as that of a peer without a certificate, and on an error. It stays until the connection is
 * freed.
 */
const char *trustpack_connection_fact(trustpack_connection *connection, int32_t fact);

/**
 * A certificate that the peer sent, in DER: with `index` 0 its own, and from 1 the others in their order.
 *
 * Puts start and length where `der` and `length` point to; NULL and 0 if there is none. It stays until the connection is
 * freed. Returns TRUSTPACK_OK. Errors: TRUSTPACK_ERROR_ARGUMENT, TRUSTPACK_ERROR_BUSY.
 */
trustpack_result trustpack_connection_peer_certificate(trustpack_connection *connection, size_t index,
                                                       const uint8_t **der, size_t *length);

/**
 * 1 if the certificate of the peer was judged by the settings of the context, and found good. 0 before the handshake is
 * done, after a failure, of a client that was not asked for a certificate, of any server under `client-auth=0`, in plain
 * text, and on an error.
 */
int32_t trustpack_connection_is_peer_verified(trustpack_connection *connection);

/**
 * 1 if an earlier session was resumed; 0 if not, and on an error.
 */
int32_t trustpack_connection_is_resumed(trustpack_connection *connection);

/**
 * 1 if the peer speaks plain text, which only a port that detects TLS lets it (`upgrade=1`): nothing is encrypted and
 * nobody was judged. 0 if it speaks TLS. -1 while that is not known, and on an error.
 */
int32_t trustpack_connection_is_plain(trustpack_connection *connection);

/* --- Why a connection failed ----------------------------------------------------------------------------------------
 */

/** Why a connection failed. */
enum {
    /** It has not. */
    TRUSTPACK_REASON_NONE = 0,
    /** The certificate of the peer was refused: trustpack_connection_step() says at which step. */
    TRUSTPACK_REASON_PEER_REFUSED = 1,
    /** The peer has no certificate, and one is demanded. */
    TRUSTPACK_REASON_NO_CERTIFICATE = 2,
    /** The peer does not have the key of its certificate. */
    TRUSTPACK_REASON_NOT_ITS_KEY = 3,
    /** No version of TLS that both ends allow. */
    TRUSTPACK_REASON_NO_COMMON_VERSION = 4,
    /** No cipher suite, group or signature algorithm that both ends allow. */
    TRUSTPACK_REASON_NOTHING_IN_COMMON = 5,
    /** The peer refused: trustpack_connection_alert_received() says by which alert. */
    TRUSTPACK_REASON_PEER_ALERT = 6,
    /** The peer speaks plain text. */
    TRUSTPACK_REASON_PLAIN_TEXT = 7,
    /** What the client sent begins like TLS, and is no hello. */
    TRUSTPACK_REASON_BROKEN_HELLO = 8,
    /** The peer closed the connection before the end of the handshake. */
    TRUSTPACK_REASON_PEER_CLOSED = 9,
    /** The handshake took too long. */
    TRUSTPACK_REASON_TIMED_OUT = 10,
    /** The peer sent a message that is larger than is allowed. */
    TRUSTPACK_REASON_TOO_LARGE = 11,
    /** The peer broke the protocol. */
    TRUSTPACK_REASON_PROTOCOL = 12,
    /** The peer was trusted, and no longer is. */
    TRUSTPACK_REASON_TRUST_ENDED = 13,
    /** The peer ended the connection without saying so, after the handshake. */
    TRUSTPACK_REASON_CUT_SHORT = 14,
    /** The connection below TLS failed. */
    TRUSTPACK_REASON_IO = 15,
    /** It was in plain text, and the settings do not allow that any more. */
    TRUSTPACK_REASON_PLAIN_ENDED = 16
};

/** The steps in which a peer is judged, in their order. */
enum {
    /** It did not come to that, or nothing failed. */
    TRUSTPACK_STEP_NONE = 0,
    /** Version and cipher suite. */
    TRUSTPACK_STEP_PROTOCOL = 1,
    /** A path to a trusted CA: issuers, signatures, constraints, strength, usages. */
    TRUSTPACK_STEP_PATH = 2,
    /** The name of the server. */
    TRUSTPACK_STEP_NAME = 3,
    /** The dates. */
    TRUSTPACK_STEP_DATES = 4,
    /** Revocation. */
    TRUSTPACK_STEP_REVOCATION = 5,
    /** Whether the server lets this name in. */
    TRUSTPACK_STEP_ALLOWED_NAMES = 6
};

/**
 * Why the connection failed: one of TRUSTPACK_REASON_*. TRUSTPACK_REASON_NONE if it has not, and on an error.
 */
int32_t trustpack_connection_reason(trustpack_connection *connection);

/**
 * The first step that failed: one of TRUSTPACK_STEP_*. trustpack_message() of the failed call names what else was wrong.
 */
int32_t trustpack_connection_step(trustpack_connection *connection);

/**
 * The number of the alert that the peer was told, such as 48 for unknown_ca; -1 if none, if it is not known, and on an
 * error.
 */
int32_t trustpack_connection_alert_sent(trustpack_connection *connection);

/**
 * The number of the alert by which the peer refused; -1 if none, and on an error.
 */
int32_t trustpack_connection_alert_received(trustpack_connection *connection);

#ifdef __cplusplus
}
#endif

#endif
