/*
 * An echo server: one connection after the other, on sockets that block.
 *
 *   cc echo_server.c $(pkg-config --cflags --libs trustpack) -o echo_server
 *   ./echo_server 127.0.0.1 8443 certificate=/etc/ssl/host.pem certificate-key=/etc/ssl/host.key
 *
 * Every TLS option can be given as NAME=VALUE. With `connections=N` it ends after N connections; SIGHUP makes it read
 * its files again. It says where it listens, so that port 0 takes any.
 */
#define _POSIX_C_SOURCE 200809L
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "trustpack.h"

#define MAX_OPTIONS 32

static volatile sig_atomic_t reload_wanted = 0;

static void on_hangup(int signal_number) {
    (void)signal_number;
    reload_wanted = 1;
}

static void log_line(void *user, int32_t level, const char *message) {
    (void)user;
    fprintf(stderr, "%s: %s\n", level == TRUSTPACK_LOG_INFO ? "info" : "warning", message);
}

static int listen_at(const char *address, int port) {
    int on = 1, listener = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    socklen_t length = sizeof at;
    if (listener < 0 || inet_pton(AF_INET, address, &at.sin_addr) != 1 ||
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        bind(listener, (struct sockaddr *)&at, sizeof at) != 0 || listen(listener, 128) != 0 ||
        getsockname(listener, (struct sockaddr *)&at, &length) != 0) {
        perror("listen");
        exit(1);
    }
    printf("listening on %s:%d\n", address, ntohs(at.sin_port));
    fflush(stdout);
    return listener;
}

/* Sends everything back until the client ends. */
static trustpack_result echo(trustpack_connection *connection) {
    char buffer[4096];
    size_t got, sent;
    trustpack_result result = trustpack_connection_handshake(connection);
    if (result == TRUSTPACK_OK) {
        const char *peer = trustpack_connection_fact(connection, TRUSTPACK_FACT_PEER_SUBJECT);
        /* A port that detects TLS may carry plain text too, of which nothing is known. */
        const char *version = trustpack_connection_fact(connection, TRUSTPACK_FACT_VERSION);
        const char *suite = trustpack_connection_fact(connection, TRUSTPACK_FACT_CIPHER_SUITE);
        printf("%s, %s, client %s\n", version ? version : "plain text", suite ? suite : "none", peer ? peer : "unknown");
        fflush(stdout);
    }
    while (result == TRUSTPACK_OK &&
           (result = trustpack_connection_read(connection, buffer, sizeof buffer, &got)) == TRUSTPACK_OK) {
        result = trustpack_connection_write(connection, buffer, got, &sent);
    }
    return result == TRUSTPACK_CLOSED ? trustpack_connection_shutdown(connection) : result;
}

static void serve(trustpack_context *context, int client) {
    trustpack_connection *connection = NULL;
    if (trustpack_connection_of_socket(context, client, &connection) != TRUSTPACK_OK || echo(connection) != TRUSTPACK_OK) {
        fprintf(stderr, "connection: %s\n", trustpack_message());
    }
    trustpack_connection_free(connection);
    close(client);
}

int main(int argc, char **argv) {
    trustpack_option options[MAX_OPTIONS];
    size_t count = 0;
    long left = -1;
    trustpack_context *context;
    if (argc < 3 || argc - 3 > MAX_OPTIONS) {
        fprintf(stderr, "usage: echo_server ADDRESS PORT [connections=N] [NAME=VALUE ...]\n");
        return 2;
    }
    for (int i = 3; i < argc; i++) {
        char *value = strchr(argv[i], '=');
        if (value == NULL) {
            fprintf(stderr, "not NAME=VALUE: %s\n", argv[i]);
            return 2;
        }
        *value++ = '\0';
        if (strcmp(argv[i], "connections") == 0) {
            left = strtol(value, NULL, 10);
        } else {
            options[count++] = (trustpack_option){argv[i], value};
        }
    }
    trustpack_set_log(log_line, NULL);
    if (trustpack_context_from_options(TRUSTPACK_SERVER, options, count, NULL, &context) != TRUSTPACK_OK) {
        fprintf(stderr, "cannot start: %s\n", trustpack_message());
        return 1;
    }
    struct sigaction hangup = {.sa_handler = on_hangup};
    sigaction(SIGHUP, &hangup, NULL);
    int listener = listen_at(argv[1], atoi(argv[2]));
    while (left != 0) {
        if (reload_wanted) {
            reload_wanted = 0;
            trustpack_result result = trustpack_context_reload(context, NULL);
            printf("reload %d: %s\n", result, trustpack_message());
            fflush(stdout);
        }
        int client = accept(listener, NULL, NULL);
        if (client < 0) {
            if (errno != EINTR) {
                perror("accept");
            }
            continue;
        }
        serve(context, client);
        left -= left > 0;
    }
    trustpack_context_free(context);
    close(listener);
    return 0;
}
