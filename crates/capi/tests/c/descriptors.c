/*
 * A program that has no descriptor left when a certificate is replaced: the old one stays, which is told, and the new one is
 * taken over once there are descriptors again, though no file changes any more.
 *
 *   descriptors CERTIFICATE KEY NEW_CERTIFICATE NEW_KEY
 */
#define _POSIX_C_SOURCE 200809L
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "trustpack.h"

#define MAX_DESCRIPTORS 64
#define TRIES 2000

static int told = 0;

static void log_line(void *user, int32_t level, const char *message) {
    (void)user;
    if (level == TRUSTPACK_LOG_ERROR && strstr(message, "Too many open files") != NULL) {
        told++;
    }
}

static int fail(const char *what, trustpack_result result) {
    fprintf(stderr, "%s: %d %s\n", what, result, trustpack_message());
    return 1;
}

int main(int argc, char **argv) {
    trustpack_context *context = NULL;
    int32_t change = -1;
    int taken[MAX_DESCRIPTORS], count = 0;
    struct rlimit limit = {MAX_DESCRIPTORS, MAX_DESCRIPTORS};
    struct timespec moment = {0, 10 * 1000 * 1000};
    if (argc != 5 || setrlimit(RLIMIT_NOFILE, &limit) != 0) {
        return 2;
    }
    trustpack_option options[] = {{"certificate", argv[1]}, {"certificate-key", argv[2]}};
    trustpack_set_log(log_line, NULL);
    trustpack_result result = trustpack_context_from_options(TRUSTPACK_SERVER, options, 2, NULL, &context);
    if (result != TRUSTPACK_OK) {
        return fail("context", result);
    }
    if (rename(argv[3], argv[1]) != 0 || rename(argv[4], argv[2]) != 0) {
        return 2;
    }
    while (count < MAX_DESCRIPTORS && (taken[count] = open("/dev/null", O_RDONLY)) >= 0) {
        count++;
    }
    result = trustpack_context_refresh(context, &change);
    if (result != TRUSTPACK_ERROR_SETTINGS || strstr(trustpack_message(), "Too many open files") == NULL) {
        return fail("without descriptors", result);
    }
    /* Time runs faster here, for the library as for this program. The caller learns it each time that it is tried. */
    int errors = 0, told_at_first = told;
    for (int i = 0; errors == 0 && i < TRIES; i++) {
        nanosleep(&moment, NULL);
        result = trustpack_context_refresh(context, &change);
        errors += result == TRUSTPACK_ERROR_SETTINGS;
    }
    if (errors == 0 || told_at_first == 0 || told != told_at_first) {
        fprintf(stderr, "lines of the log: %d, then %d\n", told_at_first, told);
        return fail("still without descriptors", result);
    }
    while (count > 0) {
        close(taken[--count]);
    }
    for (int i = 0; change != TRUSTPACK_CHANGE_IDENTITY && i < TRIES; i++) {
        nanosleep(&moment, NULL);
        result = trustpack_context_refresh(context, &change);
        if (result != TRUSTPACK_OK) {
            return fail("with descriptors", result);
        }
    }
    trustpack_context_free(context);
    if (change != TRUSTPACK_CHANGE_IDENTITY) {
        return fail("it was never taken over", result);
    }
    return 0;
}
