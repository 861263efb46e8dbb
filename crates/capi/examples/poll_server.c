/*
 * An echo server with one thread and an event loop of its own, for many connections at once. The program reads and
 * writes its sockets, and hands the bytes to the library and back ("over buffers").
 *
 *   cc poll_server.c $(pkg-config --cflags --libs trustpack) -o poll_server
 *   ./poll_server 127.0.0.1 8443 fleet.toml App:port
 *
 * The context is that of a place of a fleet file; each second it is looked at whether files have changed.
 * With a fifth argument it ends after so many connections.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "trustpack.h"

#define MAX_CLIENTS 256
#define TICK_MILLISECONDS 1000

/* A client, and what waits: of the network for the library, for the network, and what it is to get back. */
struct client {
    int socket;
    trustpack_connection *connection;
    char unfed[16384], to_network[16384], to_echo[4096];
    size_t unfed_bytes, network_bytes, echo_bytes;
    int ended, closing;
};

static struct client *clients[MAX_CLIENTS];

static void log_line(void *user, int32_t level, const char *message) {
    (void)user;
    fprintf(stderr, "%s: %s\n", level == TRUSTPACK_LOG_INFO ? "info" : "warning", message);
}

/* Lets the library go on; returns 0 when the connection is over. */
static int advance(struct client *client) {
    for (;;) {
        size_t done;
        trustpack_result result;
        if (client->echo_bytes > 0) {
            result = trustpack_connection_write(client->connection, client->to_echo, client->echo_bytes, &done);
            if (result == TRUSTPACK_OK) {
                memmove(client->to_echo, client->to_echo + done, client->echo_bytes - done);
                client->echo_bytes -= done;
            }
        } else if (client->closing) {
            return 1;
        } else {
            result = trustpack_connection_read(client->connection, client->to_echo, sizeof client->to_echo,
                                               &client->echo_bytes);
        }
        switch (result) {
        case TRUSTPACK_OK:
            break;
        case TRUSTPACK_WANT_READ:
        case TRUSTPACK_WANT_WRITE:
            return 1;
        case TRUSTPACK_CLOSED:
            trustpack_connection_shutdown(client->connection);
            client->closing = 1;
            return 1;
        default:
            fprintf(stderr, "connection: %s\n", trustpack_message());
            client->closing = 1; /* The peer is told why. */
            return 1;
        }
    }
}

/* Writes what the library has for the network; returns 0 when the connection is over. */
static int drain(struct client *client) {
    for (;;) {
        if (client->network_bytes == 0) {
            trustpack_connection_take(client->connection, client->to_network, sizeof client->to_network,
                                      &client->network_bytes);
        }
        if (client->network_bytes == 0) {
            return !client->closing;
        }
        ssize_t sent = send(client->socket, client->to_network, client->network_bytes, MSG_NOSIGNAL);
        if (sent < 0) {
            return errno == EAGAIN || errno == EINTR;
        }
        memmove(client->to_network, client->to_network + sent, client->network_bytes - (size_t)sent);
        client->network_bytes -= (size_t)sent;
    }
}

/* Hands over what came of the network, and lets both directions go on as far as they do; returns 0 when the connection is
 * over. What finds no room stays: as long as a client does not read, nothing more is read of it. */
static int go_on(struct client *client) {
    for (;;) {
        size_t taken = 0;
        if (client->unfed_bytes > 0) {
            trustpack_connection_feed(client->connection, client->unfed, client->unfed_bytes, &taken);
            memmove(client->unfed, client->unfed + taken, client->unfed_bytes - taken);
            client->unfed_bytes -= taken;
        }
        if (!advance(client) || !drain(client)) {
            return 0;
        }
        if (taken == 0 || client->closing) {
            return 1;
        }
    }
}

/* Reads what the network has for the library; returns 0 when the connection is over. */
static int fill(struct client *client) {
    ssize_t got = recv(client->socket, client->unfed, sizeof client->unfed, 0);
    if (got < 0) {
        return errno == EAGAIN || errno == EINTR;
    }
    client->unfed_bytes = (size_t)got;
    if (got == 0) {
        client->ended = 1;
        trustpack_connection_feed_end(client->connection);
    }
    return 1;
}

/* Whether more of it is to be read now. */
static int is_read(const struct client *client) {
    return client->unfed_bytes == 0 && !client->ended && !client->closing;
}

static long long milliseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static void end(struct client **place) {
    trustpack_connection_free((*place)->connection);
    close((*place)->socket);
    free(*place);
    *place = NULL;
}

static int begin(trustpack_context *context, int socket) {
    for (size_t i = 0; i < MAX_CLIENTS; i++) {
        if (clients[i] == NULL) {
            clients[i] = calloc(1, sizeof *clients[i]);
            clients[i]->socket = socket;
            if (trustpack_connection_of_buffers(context, &clients[i]->connection) == TRUSTPACK_OK) {
                return 1;
            }
            end(&clients[i]);
            return 0;
        }
    }
    close(socket);
    return 0;
}

static int listen_at(const char *address, int port) {
    int on = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
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

int main(int argc, char **argv) {
    trustpack_context *context = NULL;
    if (argc < 5) {
        fprintf(stderr, "usage: poll_server ADDRESS PORT FLEET PLACE [CONNECTIONS]\n");
        return 2;
    }
    long left = argc > 5 ? strtol(argv[5], NULL, 10) : -1, open = 0;
    trustpack_set_log(log_line, NULL);
    if (trustpack_context_from_fleet(argv[3], NULL, argv[4], &context) != TRUSTPACK_OK) {
        fprintf(stderr, "cannot start: %s\n", trustpack_message());
        return 1;
    }
    int listener = listen_at(argv[1], atoi(argv[2]));
    long long next_look = milliseconds() + TICK_MILLISECONDS;
    while (left != 0 || open > 0) {
        struct pollfd polled[MAX_CLIENTS + 1] = {{.fd = left != 0 ? listener : -1, .events = POLLIN}};
        for (size_t i = 0; i < MAX_CLIENTS; i++) {
            polled[i + 1].fd = clients[i] ? clients[i]->socket : -1;
            polled[i + 1].events = clients[i] ? (is_read(clients[i]) ? POLLIN : 0) | (clients[i]->network_bytes > 0 ? POLLOUT : 0)
                                              : 0;
        }
        poll(polled, MAX_CLIENTS + 1, TICK_MILLISECONDS);
        /* By the clock: on a busy server poll never waits for so long. */
        if (milliseconds() >= next_look) {
            trustpack_context_refresh(context, NULL);
            next_look = milliseconds() + TICK_MILLISECONDS;
        }
        for (size_t i = 0; i < MAX_CLIENTS; i++) {
            if (clients[i] == NULL) {
                continue;
            }
            int events = polled[i + 1].revents;
            int is_open = !(events & (POLLIN | POLLHUP | POLLERR)) || !is_read(clients[i]) || fill(clients[i]);
            /* Without an event the library is asked all the same: the time of a handshake may be over, or trust ended. */
            if (!is_open || !go_on(clients[i]) || (events & (POLLHUP | POLLERR) && !is_read(clients[i]))) {
                end(&clients[i]);
                open--;
            }
        }
        int socket = polled[0].revents ? accept4(listener, NULL, NULL, SOCK_NONBLOCK) : -1;
        if (socket >= 0) {
            open += begin(context, socket);
            left -= left > 0;
        }
    }
    trustpack_context_free(context);
    close(listener);
    return 0;
}
