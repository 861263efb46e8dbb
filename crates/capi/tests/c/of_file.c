/* What becomes of the file of a component, as a server and as a client: of_file FILE [NAME] */
#include <stdio.h>

#include "trustpack.h"

static void say(const char *what, int32_t role, const char *file, const char *name) {
    trustpack_context *context = NULL;
    trustpack_result result = trustpack_context_from_file(role, file, name, &context);
    printf(result == TRUSTPACK_OK ? "%s: %d\n" : "%s: %d %s\n", what, result, trustpack_message());
    if (context != NULL && trustpack_context_role(context) != role) {
        printf("another role\n");
    }
    trustpack_context_free(context);
}

int main(int argc, char **argv) {
    if (argc < 2) {
        return 2;
    }
    say("server", TRUSTPACK_SERVER, argv[1], NULL);
    say("client", TRUSTPACK_CLIENT, argv[1], argc > 2 ? argv[2] : NULL);
    return 0;
}
