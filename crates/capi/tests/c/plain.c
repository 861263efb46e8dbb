/*
 * A server of a fleet that its settings leave open, that becomes one of TLS, and goes back; while it runs.
 *
 *   plain FLEET PLACE HOST OPEN BROKEN SECURED OTHER CA CERTIFICATE KEY: the files from OPEN to OTHER are put over
 *   FLEET, one after the other. OTHER trusts another CA.
 */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "trustpack.h"

static trustpack_context *server, *client;
static const char *fleet;

#define DEMAND(condition)                                                                                              \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "line %d: not so: %s (%s)\n", __LINE__, #condition, trustpack_message());                  \
            exit(1);                                                                                                   \
        }                                                                                                              \
    } while (0)

/* The fleet is what this file says from now on. */
static trustpack_result becomes(const char *file, int32_t *change) {
    char text[8192];
    FILE *from = fopen(file, "r"), *to;
    DEMAND(from != NULL);
    size_t length = fread(text, 1, sizeof text, from);
    fclose(from);
    DEMAND((to = fopen(fleet, "w")) != NULL);
    DEMAND(fwrite(text, 1, length, to) == length && fclose(to) == 0);
    return trustpack_context_reload(server, change);
}

static trustpack_connection *over(int socket, trustpack_context *context) {
    trustpack_connection *connection = NULL;
    DEMAND(trustpack_connection_of_socket(context, socket, &connection) == TRUSTPACK_OK);
    return connection;
}

/* A connection in plain text; its other end speaks none of this library. */
static trustpack_connection *in_plain(int pair[2]) {
    char buffer[16];
    size_t done;
    DEMAND(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    trustpack_connection *connection = over(pair[0], server);
    DEMAND(trustpack_connection_handshake(connection) == TRUSTPACK_OK);
    DEMAND(trustpack_connection_is_plain(connection) == 1);
    DEMAND(trustpack_connection_is_peer_verified(connection) == 0);
    DEMAND(trustpack_connection_fact(connection, TRUSTPACK_FACT_VERSION) == NULL);
    DEMAND(write(pair[1], "hello", 5) == 5);
    DEMAND(trustpack_connection_read(connection, buffer, sizeof buffer, &done) == TRUSTPACK_OK && done == 5);
    DEMAND(trustpack_connection_write(connection, buffer, done, &done) == TRUSTPACK_OK && done == 5);
    DEMAND(read(pair[1], buffer, sizeof buffer) == 5 && memcmp(buffer, "hello", 5) == 0);
    return connection;
}

static void end(trustpack_connection *connection, int pair[2]) {
    trustpack_connection_free(connection);
    close(pair[0]);
    close(pair[1]);
}

/* A handshake of TLS over buffers: the client's end and the server's. */
static void in_tls(trustpack_connection *ends[2]) {
    char bytes[16384];
    size_t given, taken;
    trustpack_result result[2];
    DEMAND(trustpack_connection_of_buffers(client, &ends[0]) == TRUSTPACK_OK);
    DEMAND(trustpack_connection_of_buffers(server, &ends[1]) == TRUSTPACK_OK);
    do {
        for (int one = 0; one < 2; one++) {
            result[one] = trustpack_connection_handshake(ends[one]);
            DEMAND(result[one] >= 0);
            DEMAND(trustpack_connection_take(ends[one], bytes, sizeof bytes, &given) == TRUSTPACK_OK);
            DEMAND(trustpack_connection_feed(ends[1 - one], bytes, given, &taken) == TRUSTPACK_OK && taken == given);
        }
    } while (result[0] != TRUSTPACK_OK || result[1] != TRUSTPACK_OK);
    DEMAND(trustpack_connection_is_plain(ends[1]) == 0);
    DEMAND(trustpack_connection_is_peer_verified(ends[1]) == 1);
}

/* Whom TLS let in before plain text came and went is judged like everybody else. */
static void is_judged_again(trustpack_connection *ends[2], const char *open, const char *secured, const char *other) {
    int32_t change = -1;
    char buffer[16];
    size_t done;
    DEMAND(becomes(open, &change) == TRUSTPACK_OK);
    DEMAND(becomes(secured, &change) == TRUSTPACK_OK && change == TRUSTPACK_CHANGE_TRUST);
    DEMAND(trustpack_context_generation(server) == 2);
    DEMAND(trustpack_connection_read(ends[1], buffer, sizeof buffer, &done) == TRUSTPACK_WANT_READ);
    /* The CA changes while it is in plain text. */
    DEMAND(becomes(open, &change) == TRUSTPACK_OK);
    DEMAND(becomes(other, &change) == TRUSTPACK_OK && change == TRUSTPACK_CHANGE_TRUST);
    DEMAND(strstr(trustpack_message(), "live connections cut: 1") != NULL);
    DEMAND(trustpack_context_generation(server) == 3);
    DEMAND(trustpack_connection_read(ends[1], buffer, sizeof buffer, &done) == TRUSTPACK_ERROR_CUT);
    DEMAND(becomes(secured, &change) == TRUSTPACK_OK && trustpack_context_generation(server) == 4);
    trustpack_connection_free(ends[0]);
    trustpack_connection_free(ends[1]);
    /* The same for one that is let in after it, and a change that comes later. */
    in_tls(ends);
    DEMAND(becomes(other, &change) == TRUSTPACK_OK);
    DEMAND(trustpack_connection_read(ends[1], buffer, sizeof buffer, &done) == TRUSTPACK_ERROR_CUT);
    trustpack_connection_free(ends[0]);
    trustpack_connection_free(ends[1]);
    DEMAND(becomes(secured, &change) == TRUSTPACK_OK);
}

int main(int count, char **words) {
    int pair[2], unused[2];
    int32_t change = -1;
    char buffer[16];
    size_t done;
    trustpack_connection *ends[2] = {NULL, NULL};
    DEMAND(count == 11);
    fleet = words[1];
    const char *place = words[2], *host = words[3], *open = words[4], *broken = words[5], *secured = words[6];
    const char *other = words[7];
    trustpack_context *strict = NULL;
    trustpack_connection *connection = NULL;

    /* Whoever wants TLS gets no plain text by a setting. */
    DEMAND(trustpack_context_from_fleet(fleet, NULL, place, &strict) == TRUSTPACK_ERROR_SETTINGS && strict == NULL);
    DEMAND(strstr(trustpack_message(), "trustpack_context_from_fleet_or_plain") != NULL);

    DEMAND(trustpack_context_from_fleet_or_plain(fleet, host, place, &server) == TRUSTPACK_OK);
    DEMAND(trustpack_context_is_plain(server) == 1 && trustpack_context_generation(server) == 0);
    DEMAND(trustpack_context_role(server) == TRUSTPACK_SERVER);
    connection = in_plain(pair);

    /* TLS is demanded, and cannot be: nothing is let through. */
    DEMAND(becomes(broken, &change) == TRUSTPACK_ERROR_SETTINGS && change == TRUSTPACK_CHANGE_NOTHING);
    DEMAND(strstr(trustpack_message(), "nothing is let through") != NULL);
    DEMAND(trustpack_connection_read(connection, buffer, sizeof buffer, &done) == TRUSTPACK_ERROR_CUT);
    DEMAND(trustpack_connection_reason(connection) == TRUSTPACK_REASON_PLAIN_ENDED);
    DEMAND(trustpack_connection_write(connection, "more", 4, &done) == TRUSTPACK_ERROR_CUT && done == 0);
    DEMAND(read(pair[1], buffer, sizeof buffer) == 0);
    end(connection, pair);
    DEMAND(socketpair(AF_UNIX, SOCK_STREAM, 0, unused) == 0);
    DEMAND(trustpack_connection_of_socket(server, unused[0], &connection) == TRUSTPACK_ERROR_CUT);
    close(unused[0]);
    close(unused[1]);

    /* Back to what it was: plain text is let through again. */
    DEMAND(becomes(open, &change) == TRUSTPACK_OK);
    connection = in_plain(pair);

    /* It becomes TLS, and who is there in plain text goes. */
    DEMAND(becomes(secured, &change) == TRUSTPACK_OK && change == TRUSTPACK_CHANGE_TRUST);
    DEMAND(trustpack_context_is_plain(server) == 0 && trustpack_context_generation(server) == 1);
    DEMAND(trustpack_connection_write(connection, "more", 4, &done) == TRUSTPACK_ERROR_CUT);
    end(connection, pair);
    trustpack_option own[] = {{"trusted-ca", words[8]},
                              {"tls-target-name-check", "host"},
                              {"certificate", words[9]},
                              {"certificate-key", words[10]}};
    DEMAND(trustpack_context_from_options(TRUSTPACK_CLIENT, own, 4, host, &client) == TRUSTPACK_OK);
    in_tls(ends);
    is_judged_again(ends, open, secured, other);

    /* Open again, where the program lets the settings decide; where it wants TLS it stays so. */
    DEMAND(trustpack_context_from_fleet(fleet, host, place, &strict) == TRUSTPACK_OK);
    DEMAND(becomes(open, &change) == TRUSTPACK_OK && change == TRUSTPACK_CHANGE_TRUST);
    DEMAND(trustpack_context_is_plain(server) == 1);
    end(in_plain(pair), pair);
    DEMAND(trustpack_context_reload(strict, NULL) == TRUSTPACK_ERROR_SETTINGS);
    DEMAND(trustpack_context_is_plain(strict) == 0);
    trustpack_context_free(strict);
    trustpack_context_free(server);
    trustpack_context_free(client);
    return 0;
}
