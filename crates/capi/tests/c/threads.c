/*
 * Several threads, one server and one client context, and reloads in between; then a revocation, which ends the
 * connections that stay open: one thread waits in a read for ever, and is woken.
 *
 *   threads CERTIFICATE KEY CA LIST NEWLIST [watched]: NEWLIST is put over LIST, and revokes CERTIFICATE.
 */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "trustpack.h"

#define THREADS 4
#define ROUNDS 40

static trustpack_context *server, *client;

static void demand(int condition, const char *what) {
    if (!condition) {
        fprintf(stderr, "not so: %s (%s)\n", what, trustpack_message());
        exit(1);
    }
}

/* Answers with what it gets, until the client ends. */
static void *serve(void *socket) {
    char buffer[512];
    size_t got, sent;
    trustpack_connection *connection = NULL;
    trustpack_result result = trustpack_connection_of_socket(server, *(int *)socket, &connection);
    while (result == TRUSTPACK_OK &&
           (result = trustpack_connection_read(connection, buffer, sizeof buffer, &got)) == TRUSTPACK_OK) {
        result = trustpack_connection_write(connection, buffer, got, &sent);
    }
    trustpack_connection_shutdown(connection);
    trustpack_connection_free(connection);
    return NULL;
}

static void *visit(void *nothing) {
    (void)nothing;
    for (int round = 0; round < ROUNDS; round++) {
        int pair[2];
        char buffer[16];
        size_t done;
        pthread_t serving;
        trustpack_connection *connection = NULL;
        demand(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0, "a pair of sockets");
        demand(pthread_create(&serving, NULL, serve, &pair[0]) == 0, "a thread");
        demand(trustpack_connection_of_socket(client, pair[1], &connection) == TRUSTPACK_OK, "a connection");
        demand(trustpack_connection_write(connection, "hello", 5, &done) == TRUSTPACK_OK && done == 5, "hello");
        demand(trustpack_connection_read(connection, buffer, sizeof buffer, &done) == TRUSTPACK_OK, "an answer");
        demand(done == 5 && memcmp(buffer, "hello", 5) == 0, "the same answer");
        demand(trustpack_connection_shutdown(connection) == TRUSTPACK_OK, "the end");
        demand(trustpack_connection_read(connection, buffer, sizeof buffer, &done) == TRUSTPACK_CLOSED, "its end");
        pthread_join(serving, NULL);
        trustpack_connection_free(connection);
        close(pair[0]);
        close(pair[1]);
    }
    return NULL;
}

static trustpack_connection *open_one, *open_other;

/* Waits for what never comes. */
static void *wait_for_ever(void *result) {
    char buffer[16];
    size_t done;
    /* The other thread asks again and again whether this one waits, and may be in the way. */
    do {
        *(trustpack_result *)result = trustpack_connection_read(open_one, buffer, sizeof buffer, &done);
    } while (*(trustpack_result *)result == TRUSTPACK_ERROR_BUSY);
    return NULL;
}

static void *shake(void *connection) {
    demand(trustpack_connection_handshake(connection) == TRUSTPACK_OK, "a handshake");
    return NULL;
}

static void revoke(const char *list, const char *new_list, int watched) {
    int pair[2];
    pthread_t thread;
    trustpack_result result = TRUSTPACK_OK;
    int32_t change = -1;
    demand(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0, "a pair");
    demand(trustpack_connection_of_socket(server, pair[0], &open_one) == TRUSTPACK_OK, "a server's");
    demand(trustpack_connection_of_socket(client, pair[1], &open_other) == TRUSTPACK_OK, "a client's");
    demand(pthread_create(&thread, NULL, shake, open_other) == 0, "a thread");
    shake(open_one);
    pthread_join(thread, NULL);
    demand(trustpack_connection_is_peer_verified(open_one) == 1, "verified");
    demand(pthread_create(&thread, NULL, wait_for_ever, &result) == 0, "a thread");
    /* Not before the other waits: a second caller is refused then. */
    while (trustpack_connection_flush(open_one) != TRUSTPACK_ERROR_BUSY) {
        sched_yield();
    }
    demand(rename(new_list, list) == 0, "another list");
    if (watched) {
        demand(trustpack_context_watch(server, 20) == TRUSTPACK_OK, "a watching thread");
    } else {
        demand(trustpack_context_refresh(server, &change) == TRUSTPACK_OK && change == TRUSTPACK_CHANGE_TRUST, "a change");
        demand(strstr(trustpack_message(), "live connections cut: 1") != NULL, "one is cut");
    }
    pthread_join(thread, NULL);
    demand(result == TRUSTPACK_ERROR_CUT, "cut");
    demand(trustpack_connection_reason(open_one) == TRUSTPACK_REASON_TRUST_ENDED, "the reason");
    demand(trustpack_connection_step(open_one) == TRUSTPACK_STEP_REVOCATION, "the step");
    demand(trustpack_connection_is_peer_verified(open_one) == 0, "verified no more");
    trustpack_connection_free(open_one);
    trustpack_connection_free(open_other);
    close(pair[0]);
    close(pair[1]);
}

int main(int argc, char **argv) {
    pthread_t threads[THREADS];
    if (argc != 6 && argc != 7) {
        return 2;
    }
    trustpack_option options[] = {{"certificate", argv[1]}, {"certificate-key", argv[2]}, {"trusted-ca", argv[3]},
                                  {"crl", argv[4]},         {"tls-mutual", "1"}};
    demand(trustpack_context_from_options(TRUSTPACK_SERVER, options, 5, NULL, &server) == TRUSTPACK_OK, "a server");
    demand(trustpack_context_from_options(TRUSTPACK_CLIENT, options, 3, NULL, &client) == TRUSTPACK_OK, "a client");
    for (int i = 0; i < THREADS; i++) {
        demand(pthread_create(&threads[i], NULL, visit, NULL) == 0, "a thread");
    }
    trustpack_option other[] = {{"certificate", argv[1]}, {"certificate-key", argv[2]}, {"trusted-ca", argv[3]},
                                {"crl", argv[4]},         {"tls-mutual", "1"},          {"sec-protocol", "TLSv13"}};
    for (size_t i = 0; i < 20; i++) {
        int32_t change = -1;
        demand(trustpack_context_set_options(server, i % 2 ? options : other, i % 2 ? 5 : 6, &change) == TRUSTPACK_OK,
               "other options");
        demand(change == TRUSTPACK_CHANGE_TRUST, "that is a change of trust");
        demand(trustpack_context_reload(client, &change) == TRUSTPACK_OK && change == TRUSTPACK_CHANGE_NOTHING, "a reload");
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    demand(trustpack_context_generation(server) == 21, "twenty changes of trust");
    revoke(argv[4], argv[5], argc == 7);
    trustpack_context_free(server);
    trustpack_context_free(client);
    return 0;
}
