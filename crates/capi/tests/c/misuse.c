/* Everything that callers do wrong and that can be noticed is refused by a code and a text, and nothing breaks. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "trustpack.h"

static int line_of_failure = 0;
#define EXPECT(condition)                                                                                              \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "line %d: not so: %s (%s)\n", __LINE__, #condition, trustpack_message());                  \
            line_of_failure = __LINE__;                                                                                \
        }                                                                                                              \
    } while (0)

static void without_anything(void) {
    trustpack_context *context = NULL;
    trustpack_connection *connection = NULL;
    size_t done = 7;
    EXPECT(trustpack_context_from_fleet(NULL, NULL, NULL, NULL) == TRUSTPACK_ERROR_ARGUMENT);
    EXPECT(trustpack_context_from_fleet(NULL, NULL, "A:default", &context) == TRUSTPACK_ERROR_ARGUMENT);
    EXPECT(trustpack_context_from_fleet("/nowhere", NULL, "::::", &context) == TRUSTPACK_ERROR_ARGUMENT);
    EXPECT(trustpack_context_from_fleet("/nowhere", NULL, "A:default", &context) == TRUSTPACK_ERROR_SETTINGS);
    EXPECT(strstr(trustpack_message(), "/nowhere") != NULL);
    EXPECT(trustpack_context_from_file(TRUSTPACK_SERVER, "/nowhere", NULL, &context) == TRUSTPACK_ERROR_SETTINGS);
    EXPECT(trustpack_context_from_file(3, "/nowhere", NULL, &context) == TRUSTPACK_ERROR_ARGUMENT);
    EXPECT(strstr(trustpack_message(), "3") != NULL);
    EXPECT(trustpack_context_from_options(TRUSTPACK_SERVER, NULL, 1, NULL, &context) == TRUSTPACK_ERROR_ARGUMENT);
    EXPECT(trustpack_context_from_options(TRUSTPACK_SERVER, NULL, 0, NULL, &context) == TRUSTPACK_ERROR_SETTINGS);
    EXPECT(trustpack_context_from_options(TRUSTPACK_CLIENT, NULL, 0, "a b", &context) == TRUSTPACK_ERROR_ARGUMENT);
    EXPECT(trustpack_context_from_options(TRUSTPACK_CLIENT, NULL, 0, "\xff", &context) == TRUSTPACK_ERROR_ARGUMENT);
    trustpack_option options[] = {{"trusted-ca", NULL}};
    EXPECT(trustpack_context_from_options(TRUSTPACK_CLIENT, options, 1, NULL, &context) == TRUSTPACK_ERROR_ARGUMENT);
    EXPECT(trustpack_context_from_options(TRUSTPACK_CLIENT, options, (size_t)-1, NULL, &context) ==
           TRUSTPACK_ERROR_ARGUMENT);
    trustpack_option slip[] = {{"trusted-ca", "/nowhere"}, {"tls_mutual", "1"}};
    EXPECT(trustpack_context_from_options(TRUSTPACK_SERVER, slip, 2, NULL, &context) == TRUSTPACK_ERROR_ARGUMENT);
    EXPECT(strstr(trustpack_message(), "\"tls_mutual\" is no TLS option") != NULL);
    trustpack_option twice[] = {{"trusted-ca", "/one"}, {"trusted-ca", "/other"}};
    EXPECT(trustpack_context_from_options(TRUSTPACK_CLIENT, twice, 2, NULL, &context) == TRUSTPACK_ERROR_ARGUMENT);
    EXPECT(context == NULL);
    EXPECT(trustpack_context_reload(NULL, NULL) == TRUSTPACK_ERROR_ARGUMENT);
    EXPECT(trustpack_context_refresh(NULL, NULL) == TRUSTPACK_ERROR_ARGUMENT);
    EXPECT(trustpack_context_set_options(NULL, NULL, 0, NULL) == TRUSTPACK_ERROR_ARGUMENT);
    EXPECT(trustpack_context_generation(NULL) == 0 && trustpack_context_role(NULL) == 0);
    EXPECT(trustpack_connection_of_socket(NULL, 1, &connection) == TRUSTPACK_ERROR_ARGUMENT);
    EXPECT(trustpack_connection_of_buffers(NULL, &connection) == TRUSTPACK_ERROR_ARGUMENT && connection == NULL);
    EXPECT(trustpack_connection_handshake(NULL) == TRUSTPACK_ERROR_ARGUMENT);
    EXPECT(trustpack_connection_read(NULL, NULL, 0, &done) == TRUSTPACK_ERROR_ARGUMENT && done == 0);
    EXPECT(trustpack_connection_write(NULL, NULL, 0, NULL) == TRUSTPACK_ERROR_ARGUMENT);
    EXPECT(trustpack_connection_flush(NULL) == TRUSTPACK_ERROR_ARGUMENT);
    EXPECT(trustpack_connection_shutdown(NULL) == TRUSTPACK_ERROR_ARGUMENT);
    EXPECT(trustpack_connection_fact(NULL, TRUSTPACK_FACT_VERSION) == NULL);
    EXPECT(trustpack_connection_is_plain(NULL) == -1 && trustpack_connection_is_resumed(NULL) == 0);
    EXPECT(trustpack_connection_reason(NULL) == 0 && trustpack_connection_alert_sent(NULL) == -1);
    trustpack_context_free(NULL);
    trustpack_connection_free(NULL);
}

static void with_the_wrong_object(trustpack_context *context, trustpack_connection *connection) {
    const uint8_t *der = NULL;
    size_t done;
    char buffer[8];
    uint64_t nothing = 0;
    EXPECT(trustpack_connection_handshake((trustpack_connection *)context) == TRUSTPACK_ERROR_ARGUMENT);
    EXPECT(trustpack_context_reload((trustpack_context *)connection, NULL) == TRUSTPACK_ERROR_ARGUMENT);
    EXPECT(trustpack_context_reload((trustpack_context *)&nothing, NULL) == TRUSTPACK_ERROR_ARGUMENT);
    EXPECT(trustpack_context_reload((trustpack_context *)(buffer + 1), NULL) == TRUSTPACK_ERROR_ARGUMENT);
    trustpack_context_free((trustpack_context *)connection);
    trustpack_connection_free((trustpack_connection *)context);
    EXPECT(trustpack_context_generation(context) == 1);
    EXPECT(trustpack_connection_read(connection, NULL, 1, &done) == TRUSTPACK_ERROR_ARGUMENT);
    EXPECT(trustpack_connection_write(connection, NULL, 1, &done) == TRUSTPACK_ERROR_ARGUMENT);
    EXPECT(trustpack_connection_write(connection, buffer, (size_t)-1, &done) == TRUSTPACK_ERROR_ARGUMENT);
    EXPECT(trustpack_connection_fact(connection, 999) == NULL);
    EXPECT(strstr(trustpack_message(), "999") != NULL);
    EXPECT(trustpack_connection_fact(connection, TRUSTPACK_FACT_VERSION) == NULL);
    EXPECT(trustpack_connection_peer_certificate(connection, 0, &der, &done) == TRUSTPACK_OK && der == NULL);
}

/* What is asked at the wrong time, or of the wrong kind of connection. */
static void at_the_wrong_time(trustpack_context *context, trustpack_connection *connection) {
    trustpack_connection *over_socket = NULL;
    size_t done;
    char hello[] = "GET / HTTP/1.1\r\n", buffer[64];
    EXPECT(trustpack_connection_of_socket(context, -1, &over_socket) == TRUSTPACK_ERROR_ARGUMENT);
    EXPECT(trustpack_connection_of_socket(context, 987, &over_socket) == TRUSTPACK_OK);
    EXPECT(trustpack_connection_feed(over_socket, "x", 1, &done) == TRUSTPACK_ERROR_STATE);
    EXPECT(trustpack_connection_take(over_socket, buffer, 1, &done) == TRUSTPACK_ERROR_STATE);
    EXPECT(trustpack_connection_feed_end(over_socket) == TRUSTPACK_ERROR_STATE);
    EXPECT(trustpack_connection_handshake(over_socket) == TRUSTPACK_ERROR_IO);
    EXPECT(trustpack_connection_reason(over_socket) == TRUSTPACK_REASON_IO);
    trustpack_connection_free(over_socket);
    int ends[2];
    EXPECT(pipe(ends) == 0);
    EXPECT(trustpack_connection_of_socket(context, ends[0], &over_socket) == TRUSTPACK_OK);
    EXPECT(trustpack_connection_handshake(over_socket) == TRUSTPACK_ERROR_IO);
    trustpack_connection_free(over_socket);
    close(ends[0]);
    close(ends[1]);
    EXPECT(trustpack_connection_set_handshake_limit(connection, 5000) == TRUSTPACK_OK);
    EXPECT(trustpack_connection_handshake(connection) == TRUSTPACK_WANT_READ);
    EXPECT(trustpack_connection_set_handshake_limit(connection, 1) == TRUSTPACK_ERROR_STATE);
    EXPECT(trustpack_connection_read(connection, buffer, sizeof buffer, &done) == TRUSTPACK_WANT_READ && done == 0);
    EXPECT(trustpack_connection_feed(connection, hello, sizeof hello, &done) == TRUSTPACK_OK && done == sizeof hello);
    EXPECT(trustpack_connection_handshake(connection) == TRUSTPACK_ERROR_TLS);
    EXPECT(strstr(trustpack_message(), "GET / HTTP/1.1") != NULL);
    EXPECT(trustpack_connection_reason(connection) == TRUSTPACK_REASON_PLAIN_TEXT);
    EXPECT(trustpack_connection_write(connection, hello, 1, &done) == TRUSTPACK_ERROR_TLS && done == 0);
    trustpack_option none = {"trusted-ca", "/nowhere"};
    int32_t change = 9;
    EXPECT(trustpack_context_set_options(context, &none, 1, &change) == TRUSTPACK_ERROR_SETTINGS && change == 0);
    EXPECT(trustpack_context_refresh(context, &change) == TRUSTPACK_OK && change == TRUSTPACK_CHANGE_NOTHING);
    EXPECT(trustpack_context_generation(context) == 1);
}

int main(int argc, char **argv) {
    trustpack_context *context = NULL;
    trustpack_connection *connection = NULL;
    if (argc != 3) {
        return 2;
    }
    trustpack_option options[] = {{"certificate", argv[1]}, {"certificate-key", argv[2]}};
    without_anything();
    EXPECT(trustpack_context_from_options(TRUSTPACK_SERVER, options, 2, NULL, &context) == TRUSTPACK_OK);
    EXPECT(trustpack_connection_of_buffers(context, &connection) == TRUSTPACK_OK);
    with_the_wrong_object(context, connection);
    at_the_wrong_time(context, connection);
    trustpack_connection_free(connection);
    trustpack_context_free(context);
    return line_of_failure != 0;
}
