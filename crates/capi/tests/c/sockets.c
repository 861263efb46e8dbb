/*
 * Sockets that do not block, limits of time, and how connections end; client and server in one thread.
 *
 *   sockets CERTIFICATE KEY CA
 */
#define _DEFAULT_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "trustpack.h"

#define MUCH 3000000

static trustpack_context *server_context, *client_context;
static int pair[2];
static trustpack_connection *server, *client;
static char from[MUCH], into[MUCH];

#define DEMAND(condition)                                                                                              \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "line %d: not so: %s (%s)\n", __LINE__, #condition, trustpack_message());                  \
            exit(1);                                                                                                   \
        }                                                                                                              \
    } while (0)

static void begin(int flags) {
    DEMAND(socketpair(AF_UNIX, SOCK_STREAM | flags, 0, pair) == 0);
    DEMAND(trustpack_connection_of_socket(server_context, pair[0], &server) == TRUSTPACK_OK);
    DEMAND(trustpack_connection_of_socket(client_context, pair[1], &client) == TRUSTPACK_OK);
}

static void end(void) {
    trustpack_connection_free(server);
    trustpack_connection_free(client);
    close(pair[0]);
    close(pair[1]);
}

/* Both ends go on in turns until both are done. */
static void shake(void) {
    trustpack_result of_server, of_client;
    do {
        of_client = trustpack_connection_handshake(client);
        of_server = trustpack_connection_handshake(server);
        DEMAND(of_client >= 0 && of_server >= 0);
    } while (of_client != TRUSTPACK_OK || of_server != TRUSTPACK_OK);
}

/* More than all buffers hold goes over, both ends in turns; the writer is told to wait. */
static void much(void) {
    size_t sent = 0, got = 0, done;
    int waited = 0;
    memset(into, 0, sizeof into);
    while (got < sizeof from) {
        trustpack_result result = TRUSTPACK_OK;
        while (sent < sizeof from && result == TRUSTPACK_OK) {
            result = trustpack_connection_write(client, from + sent, sizeof from - sent, &done);
            sent += done;
        }
        DEMAND(result == TRUSTPACK_OK || result == TRUSTPACK_WANT_WRITE);
        waited += result == TRUSTPACK_WANT_WRITE;
        if (sent == sizeof from) {
            DEMAND(trustpack_connection_flush(client) >= 0);
        }
        do {
            result = trustpack_connection_read(server, into + got, sizeof into - got, &done);
            got += done;
        } while (result == TRUSTPACK_OK && got < sizeof from);
        DEMAND(result == TRUSTPACK_OK || result == TRUSTPACK_WANT_READ);
    }
    DEMAND(waited > 0 && memcmp(from, into, sizeof from) == 0);
    DEMAND(trustpack_connection_wants_write(client) == 0);
}

static void without_blocking(void) {
    size_t done;
    begin(SOCK_NONBLOCK);
    DEMAND(trustpack_connection_is_plain(server) == -1);
    DEMAND(trustpack_connection_handshake(server) == TRUSTPACK_WANT_READ);
    DEMAND(trustpack_connection_read(client, into, 1, &done) == TRUSTPACK_WANT_READ && done == 0);
    shake();
    DEMAND(trustpack_connection_is_plain(server) == 0 && trustpack_connection_is_resumed(client) == 0);
    DEMAND(strcmp(trustpack_connection_fact(server, TRUSTPACK_FACT_SERVER_NAME), "host.example.com") == 0);
    DEMAND(trustpack_connection_fact(server, TRUSTPACK_FACT_PEER_SUBJECT) == NULL);
    const char *version = trustpack_connection_fact(client, TRUSTPACK_FACT_VERSION);
    const uint8_t *der;
    DEMAND(trustpack_connection_peer_certificate(client, 0, &der, &done) == TRUSTPACK_OK && done > 100 && der[0] == 0x30);
    DEMAND(strstr(trustpack_connection_fact(client, TRUSTPACK_FACT_PEER_PEM), "BEGIN CERTIFICATE") != NULL);
    DEMAND(strcmp(trustpack_connection_fact(client, TRUSTPACK_FACT_PEER_NAMES), "DNS:host.example.com") == 0);
    DEMAND(strlen(trustpack_connection_fact(client, TRUSTPACK_FACT_PEER_NOT_AFTER)) == 20);
    DEMAND(version == trustpack_connection_fact(client, TRUSTPACK_FACT_VERSION) && strcmp(version, "TLS 1.3") == 0);
    much();
    /* In due form, one direction after the other. */
    DEMAND(trustpack_connection_shutdown(client) == TRUSTPACK_OK);
    DEMAND(trustpack_connection_write(client, "x", 1, &done) == TRUSTPACK_ERROR_STATE);
    DEMAND(trustpack_connection_read(server, into, 1, &done) == TRUSTPACK_CLOSED);
    DEMAND(trustpack_connection_write(server, "last", 4, &done) == TRUSTPACK_OK && done == 4);
    DEMAND(trustpack_connection_read(client, into, 10, &done) == TRUSTPACK_OK && done == 4);
    DEMAND(trustpack_connection_shutdown(server) == TRUSTPACK_OK);
    DEMAND(trustpack_connection_read(client, into, 10, &done) == TRUSTPACK_CLOSED);
    DEMAND(trustpack_connection_reason(client) == TRUSTPACK_REASON_NONE);
    end();
    /* The client has a session now. */
    begin(SOCK_NONBLOCK);
    shake();
    DEMAND(trustpack_connection_is_resumed(client) == 1 && trustpack_connection_is_resumed(server) == 1);
    DEMAND(trustpack_connection_is_peer_verified(client) == 1);
    /* Without a word. */
    shutdown(pair[1], SHUT_RDWR);
    DEMAND(trustpack_connection_read(server, into, 1, &done) == TRUSTPACK_ERROR_IO);
    DEMAND(trustpack_connection_reason(server) == TRUSTPACK_REASON_CUT_SHORT);
    DEMAND(trustpack_connection_read(server, into, 1, &done) == TRUSTPACK_ERROR_IO);
    DEMAND(trustpack_connection_write(client, "x", 1, &done) == TRUSTPACK_ERROR_IO);
    DEMAND(trustpack_connection_reason(client) == TRUSTPACK_REASON_IO);
    end();
}

static void in_time(void) {
    /* A socket that blocks waits no longer than the handshake may take; a byte in between does not matter. */
    begin(0);
    DEMAND(trustpack_connection_set_handshake_limit(server, 50) == TRUSTPACK_OK);
    DEMAND(write(pair[1], "\x16", 1) == 1);
    DEMAND(trustpack_connection_handshake(server) == TRUSTPACK_ERROR_TLS);
    DEMAND(trustpack_connection_reason(server) == TRUSTPACK_REASON_TIMED_OUT);
    end();
    begin(SOCK_NONBLOCK);
    DEMAND(trustpack_connection_set_handshake_limit(client, 50) == TRUSTPACK_OK);
    while (trustpack_connection_handshake(client) == TRUSTPACK_WANT_READ) {
        usleep(1000);
    }
    DEMAND(trustpack_connection_reason(client) == TRUSTPACK_REASON_TIMED_OUT);
    DEMAND(trustpack_connection_alert_sent(client) == -1);
    end();
    /* The limits of a socket itself count after the handshake. */
    size_t done;
    struct timeval moment = {.tv_usec = 20000};
    begin(SOCK_NONBLOCK);
    shake();
    DEMAND(fcntl(pair[0], F_SETFL, 0) == 0 && setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &moment, sizeof moment) == 0);
    DEMAND(trustpack_connection_read(server, into, 1, &done) == TRUSTPACK_WANT_READ);
    DEMAND(trustpack_connection_write(client, "hi", 2, &done) == TRUSTPACK_OK);
    DEMAND(trustpack_connection_read(server, into, 10, &done) == TRUSTPACK_OK && done == 2);
    end();
}

static void with_strangers(void) {
    size_t done;
    unsigned char old[] = {22, 3, 1, 0, 47, 1, 0, 0, 43, 3, 1}, alert[7];
    begin(SOCK_NONBLOCK);
    DEMAND(write(pair[1], old, sizeof old) == sizeof old);
    DEMAND(trustpack_connection_handshake(server) == TRUSTPACK_ERROR_TLS);
    DEMAND(trustpack_connection_reason(server) == TRUSTPACK_REASON_NO_COMMON_VERSION);
    DEMAND(trustpack_connection_step(server) == TRUSTPACK_STEP_PROTOCOL);
    DEMAND(trustpack_connection_alert_sent(server) == 70);
    DEMAND(read(pair[1], alert, sizeof alert) == sizeof alert && alert[0] == 21 && alert[6] == 70);
    end();
    begin(SOCK_NONBLOCK);
    DEMAND(write(pair[1], "\x16\x03\x01\x00\x05\x02hell", 10) == 10);
    DEMAND(trustpack_connection_read(server, into, 1, &done) == TRUSTPACK_ERROR_TLS);
    DEMAND(trustpack_connection_reason(server) == TRUSTPACK_REASON_BROKEN_HELLO);
    end();
    begin(SOCK_NONBLOCK);
    DEMAND(write(pair[0], "220 mail.example.com ESMTP\r\n", 28) == 28);
    DEMAND(trustpack_connection_handshake(client) == TRUSTPACK_ERROR_TLS);
    DEMAND(trustpack_connection_reason(client) == TRUSTPACK_REASON_PLAIN_TEXT);
    end();
    begin(SOCK_NONBLOCK);
    close(pair[1]);
    DEMAND(trustpack_connection_handshake(server) == TRUSTPACK_ERROR_TLS);
    DEMAND(trustpack_connection_reason(server) == TRUSTPACK_REASON_PEER_CLOSED);
    pair[1] = dup(pair[0]);
    end();
}

int main(int argc, char **argv) {
    if (argc != 4) {
        return 2;
    }
    trustpack_option of_server[] = {{"certificate", argv[1]}, {"certificate-key", argv[2]}};
    trustpack_option of_client[] = {{"trusted-ca", argv[3]}, {"tls-target-name-check", "host"}};
    for (size_t i = 0; i < sizeof from; i++) {
        from[i] = (char)(i * 7 + i / 251);
    }
    DEMAND(trustpack_context_from_options(TRUSTPACK_SERVER, of_server, 2, NULL, &server_context) == TRUSTPACK_OK);
    DEMAND(trustpack_context_from_options(TRUSTPACK_CLIENT, of_client, 2, "host.example.com", &client_context) ==
           TRUSTPACK_OK);
    without_blocking();
    in_time();
    with_strangers();
    trustpack_context_free(server_context);
    trustpack_context_free(client_context);
    return 0;
}
