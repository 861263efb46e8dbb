/*
 * What Java needs between itself and the library: one function for each native method of Trustpack.java.
 *
 *   cc -shared -fPIC -I "$JAVA_HOME/include" -I "$JAVA_HOME/include/linux" trustpack_jni.c \
 *     $(pkg-config --cflags --libs trustpack) -o libtrustpack_jni.so
 */
#include <jni.h>
#include <stdlib.h>

#include "trustpack.h"

#define AS_CONNECTION(number) ((trustpack_connection *)(intptr_t)(number))

/* A failure becomes an IOException with the text of the library. */
static jint answer(JNIEnv *env, trustpack_result result) {
    if (result < 0) {
        jclass kind = (*env)->FindClass(env, "java/io/IOException");
        if (kind != NULL) {
            (*env)->ThrowNew(env, kind, trustpack_message());
        }
    }
    return result;
}

JNIEXPORT jlong JNICALL Java_Trustpack_contextFromFleet(JNIEnv *env, jclass self, jstring path, jstring place) {
    (void)self;
    trustpack_context *context = NULL;
    const char *path_text = (*env)->GetStringUTFChars(env, path, NULL);
    const char *place_text = (*env)->GetStringUTFChars(env, place, NULL);
    answer(env, trustpack_context_from_fleet(path_text, NULL, place_text, &context));
    (*env)->ReleaseStringUTFChars(env, path, path_text);
    (*env)->ReleaseStringUTFChars(env, place, place_text);
    return (jlong)(intptr_t)context;
}

JNIEXPORT void JNICALL Java_Trustpack_freeContext(JNIEnv *env, jclass self, jlong context) {
    (void)env, (void)self;
    trustpack_context_free((trustpack_context *)(intptr_t)context);
}

JNIEXPORT jlong JNICALL Java_Trustpack_connection(JNIEnv *env, jclass self, jlong context) {
    (void)self;
    trustpack_connection *connection = NULL;
    answer(env, trustpack_connection_of_buffers((trustpack_context *)(intptr_t)context, &connection));
    return (jlong)(intptr_t)connection;
}

JNIEXPORT void JNICALL Java_Trustpack_freeConnection(JNIEnv *env, jclass self, jlong connection) {
    (void)env, (void)self;
    trustpack_connection_free(AS_CONNECTION(connection));
}

JNIEXPORT jint JNICALL Java_Trustpack_shutdown(JNIEnv *env, jclass self, jlong connection) {
    (void)self;
    return answer(env, trustpack_connection_shutdown(AS_CONNECTION(connection)));
}

JNIEXPORT jstring JNICALL Java_Trustpack_fact(JNIEnv *env, jclass self, jlong connection, jint fact) {
    (void)self;
    const char *text = trustpack_connection_fact(AS_CONNECTION(connection), fact);
    return text == NULL ? NULL : (*env)->NewStringUTF(env, text);
}

/* Functions that give bytes of an array, or put some there: how many goes into count[0]. */
enum action { FEED, TAKE, READ, WRITE };

static jint move(JNIEnv *env, enum action action, jlong number, jbyteArray array, jint start, jint length,
                 jintArray count) {
    trustpack_connection *connection = AS_CONNECTION(number);
    trustpack_result result = TRUSTPACK_ERROR_ARGUMENT;
    size_t done = 0;
    jbyte *bytes = malloc((size_t)length + 1);
    if (bytes == NULL) {
        return result;
    }
    if (action == FEED || action == WRITE) {
        (*env)->GetByteArrayRegion(env, array, start, length, bytes);
    }
    if (!(*env)->ExceptionCheck(env)) {
        result = action == FEED   ? trustpack_connection_feed(connection, bytes, (size_t)length, &done)
                 : action == TAKE ? trustpack_connection_take(connection, bytes, (size_t)length, &done)
                 : action == READ ? trustpack_connection_read(connection, bytes, (size_t)length, &done)
                                  : trustpack_connection_write(connection, bytes, (size_t)length, &done);
    }
    jint moved = (jint)done;
    if ((action == TAKE || action == READ) && moved > 0) {
        (*env)->SetByteArrayRegion(env, array, start, moved, bytes);
    }
    free(bytes);
    if ((*env)->ExceptionCheck(env)) {
        return result;
    }
    (*env)->SetIntArrayRegion(env, count, 0, 1, &moved);
    return answer(env, result);
}

#define MOVING(name, action)                                                                                           \
    JNIEXPORT jint JNICALL Java_Trustpack_##name(JNIEnv *env, jclass self, jlong connection, jbyteArray array,         \
                                                 jint start, jint length, jintArray count) {                           \
        (void)self;                                                                                                    \
        return move(env, action, connection, array, start, length, count);                                             \
    }

MOVING(feed, FEED)
MOVING(take, TAKE)
MOVING(read, READ)
MOVING(write, WRITE)
