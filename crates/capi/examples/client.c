/*
 * A client on a socket that blocks: sends its standard input, prints the answer, and says who answered.
 *
 *   cc client.c $(pkg-config --cflags --libs trustpack) -o client
 *   echo hello | ./client 127.0.0.1 8443 host.example.com trusted-ca=/etc/ssl/ca.pem tls-target-name-check=host
 *
 * Every TLS option can be given as NAME=VALUE. Exit code 1 if it fails; the reason is on standard error.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "trustpack.h"

#define MAX_OPTIONS 32

static int connect_to(const char *address, int port) {
    int server = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    if (server < 0 || inet_pton(AF_INET, address, &at.sin_addr) != 1 ||
        connect(server, (struct sockaddr *)&at, sizeof at) != 0) {
        perror("connect");
        exit(1);
    }
    return server;
}

static trustpack_result talk(trustpack_connection *connection) {
    char buffer[4096];
    size_t got, done;
    trustpack_result result = trustpack_connection_handshake(connection);
    if (result != TRUSTPACK_OK) {
        return result;
    }
    /* Certificates may have no alternative names. */
    const char *names = trustpack_connection_fact(connection, TRUSTPACK_FACT_PEER_NAMES);
    fprintf(stderr, "%s, server %s, verified %d\n", trustpack_connection_fact(connection, TRUSTPACK_FACT_VERSION),
            names ? names : "without a name",
            (int)trustpack_connection_is_peer_verified(connection));
    while ((got = fread(buffer, 1, sizeof buffer, stdin)) > 0) {
        if ((result = trustpack_connection_write(connection, buffer, got, &done)) != TRUSTPACK_OK) {
            return result;
        }
    }
    result = trustpack_connection_shutdown(connection);
    while (result == TRUSTPACK_OK &&
           (result = trustpack_connection_read(connection, buffer, sizeof buffer, &got)) == TRUSTPACK_OK) {
        fwrite(buffer, 1, got, stdout);
    }
    return result == TRUSTPACK_CLOSED ? TRUSTPACK_OK : result;
}

int main(int argc, char **argv) {
    trustpack_option options[MAX_OPTIONS];
    size_t count = 0;
    trustpack_context *context = NULL;
    trustpack_connection *connection = NULL;
    if (argc < 4 || argc - 4 > MAX_OPTIONS) {
        fprintf(stderr, "usage: client ADDRESS PORT NAME [OPTION=VALUE ...]\n");
        return 2;
    }
    for (int i = 4; i < argc; i++) {
        char *value = strchr(argv[i], '=');
        if (value == NULL) {
            fprintf(stderr, "not OPTION=VALUE: %s\n", argv[i]);
            return 2;
        }
        *value++ = '\0';
        options[count++] = (trustpack_option){argv[i], value};
    }
    if (trustpack_context_from_options(TRUSTPACK_CLIENT, options, count, argv[3], &context) != TRUSTPACK_OK) {
        fprintf(stderr, "cannot start: %s\n", trustpack_message());
        return 1;
    }
    int server = connect_to(argv[1], atoi(argv[2]));
    trustpack_result result = trustpack_connection_of_socket(context, server, &connection);
    if (result == TRUSTPACK_OK) {
        result = talk(connection);
    }
    if (result != TRUSTPACK_OK) {
        fprintf(stderr, "failed (%d): %s\n", result, trustpack_message());
        if (connection != NULL) {
            fprintf(stderr, "reason %d, step %d, alert sent %d, alert received %d\n",
                    trustpack_connection_reason(connection), trustpack_connection_step(connection),
                    trustpack_connection_alert_sent(connection), trustpack_connection_alert_received(connection));
        }
    }
    trustpack_connection_free(connection);
    close(server);
    trustpack_context_free(context);
    return result == TRUSTPACK_OK ? 0 : 1;
}
