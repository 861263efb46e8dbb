/*
 * Connections over buffers: last words that find no room at first, and what another process may do.
 *
 *   buffers CERTIFICATE KEY CA
 */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "trustpack.h"

static trustpack_context *server_context, *client_context;
static trustpack_connection *server, *client;
static char bytes[65536];

#define DEMAND(condition)                                                                                              \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "line %d: not so: %s (%s)\n", __LINE__, #condition, trustpack_message());                  \
            exit(1);                                                                                                   \
        }                                                                                                              \
    } while (0)

/* What one has for the other goes over; how much. */
static size_t pass(trustpack_connection *from, trustpack_connection *to) {
    size_t given, taken;
    DEMAND(trustpack_connection_take(from, bytes, 16384, &given) == TRUSTPACK_OK);
    DEMAND(trustpack_connection_feed(to, bytes, given, &taken) == TRUSTPACK_OK && taken == given);
    return given;
}

static void begin(void) {
    trustpack_result of_client, of_server;
    DEMAND(trustpack_connection_of_buffers(server_context, &server) == TRUSTPACK_OK);
    DEMAND(trustpack_connection_of_buffers(client_context, &client) == TRUSTPACK_OK);
    do {
        of_client = trustpack_connection_handshake(client);
        pass(client, server);
        of_server = trustpack_connection_handshake(server);
        pass(server, client);
        DEMAND(of_client >= 0 && of_server >= 0);
    } while (of_client != TRUSTPACK_OK || of_server != TRUSTPACK_OK);
}

static void end(void) {
    trustpack_connection_free(server);
    trustpack_connection_free(client);
}

/* A peer that sends nonsense while much waits for it is told so, and there is an end of what is to be taken. */
static void last_words(void) {
    size_t done, taken, rounds = 0;
    trustpack_result result;
    char nonsense[] = {23, 3, 3, 0, 20, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20};
    begin();
    do {
        result = trustpack_connection_write(server, bytes, sizeof bytes, &done);
    } while (result == TRUSTPACK_OK);
    DEMAND(result == TRUSTPACK_WANT_WRITE && trustpack_connection_wants_write(server) == 1);
    DEMAND(trustpack_connection_feed(server, nonsense, sizeof nonsense, &taken) == TRUSTPACK_OK);
    DEMAND(trustpack_connection_read(server, bytes, sizeof bytes, &done) == TRUSTPACK_ERROR_TLS);
    DEMAND(trustpack_connection_reason(server) == TRUSTPACK_REASON_PROTOCOL);
    while (trustpack_connection_wants_write(server)) {
        pass(server, client);
        do {
            result = trustpack_connection_read(client, bytes, sizeof bytes, &done);
        } while (result == TRUSTPACK_OK);
        DEMAND(++rounds < 100);
    }
    DEMAND(result == TRUSTPACK_ERROR_TLS && trustpack_connection_alert_received(client) == 20); /* bad_record_mac */
    end();
}

/* In a child process a connection of its parent does nothing: both would use the same keys. Contexts are for both. */
static void after_fork(void) {
    size_t done;
    int status;
    begin();
    pid_t child = fork();
    if (child == 0) {
        DEMAND(trustpack_connection_write(client, "a", 1, &done) == TRUSTPACK_ERROR_STATE && done == 0);
        DEMAND(strstr(trustpack_message(), "fork()") != NULL);
        DEMAND(trustpack_connection_handshake(server) == TRUSTPACK_ERROR_STATE);
        end();
        begin();
        DEMAND(trustpack_connection_write(client, "a", 1, &done) == TRUSTPACK_OK);
        end();
        _exit(0);
    }
    DEMAND(child > 0 && waitpid(child, &status, 0) == child && status == 0);
    DEMAND(trustpack_connection_write(client, "hello", 5, &done) == TRUSTPACK_OK && done == 5);
    pass(client, server);
    DEMAND(trustpack_connection_read(server, bytes, sizeof bytes, &done) == TRUSTPACK_OK && done == 5);
    end();
}

/* The thread that watches takes no signal of the program. */
static void signals(void) {
    char path[64], line[256], mask[64] = "";
    DEMAND(trustpack_context_watch(server_context, 1000) == TRUSTPACK_OK);
    /* A thread gives itself its name, some time after it was started. */
    FILE *tasks = popen("for try in $(seq 1000); do grep -l trustpack-watch /proc/$PPID/task/*/comm && exit; sleep 0.01; done", "r");
    DEMAND(tasks != NULL && fgets(path, sizeof path, tasks) != NULL);
    pclose(tasks);
    strcpy(strrchr(path, '/'), "/status");
    FILE *status = fopen(path, "r");
    DEMAND(status != NULL);
    while (fgets(line, sizeof line, status) != NULL) {
        sscanf(line, "SigBlk: %63s", mask);
    }
    fclose(status);
    /* SIGHUP, SIGINT, SIGTERM: numbers 1, 2 and 15. */
    DEMAND((strtoull(mask, NULL, 16) & 0x4003) == 0x4003);
    DEMAND(trustpack_context_watch(server_context, 0) == TRUSTPACK_OK);
}

int main(int count, char **words) {
    DEMAND(count == 4);
    trustpack_option own[] = {{"certificate", words[1]}, {"certificate-key", words[2]}};
    trustpack_option trust[] = {{"trusted-ca", words[3]}};
    DEMAND(trustpack_context_from_options(TRUSTPACK_SERVER, own, 2, NULL, &server_context) == TRUSTPACK_OK);
    DEMAND(trustpack_context_from_options(TRUSTPACK_CLIENT, trust, 1, NULL, &client_context) == TRUSTPACK_OK);
    last_words();
    after_fork();
    signals();
    trustpack_context_free(server_context);
    trustpack_context_free(client_context);
    return 0;
}
