import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;

/**
 * A client in Java under the settings of a fleet: sends its standard input, and prints the answer.
 *
 * <pre>java -Djava.library.path=. Trustpack fleet.toml App/Target:port 127.0.0.1 8443</pre>
 *
 * The sockets are Java's own; the library gets and gives bytes. {@code trustpack_jni.c} is what lies between.
 */
public final class Trustpack {
    static final int OK = 0, WANT_READ = 1, WANT_WRITE = 2, CLOSED = 3;
    static final int FACT_VERSION = 1, FACT_PEER_NAMES = 13;

    static native long contextFromFleet(String path, String place) throws IOException;
    static native void freeContext(long context);
    static native long connection(long context) throws IOException;
    static native void freeConnection(long connection);
    static native int shutdown(long connection) throws IOException;
    static native String fact(long connection, int fact);
    static native int feed(long connection, byte[] bytes, int start, int length, int[] count) throws IOException;
    static native int take(long connection, byte[] bytes, int start, int length, int[] count) throws IOException;
    static native int read(long connection, byte[] bytes, int start, int length, int[] count) throws IOException;
    static native int write(long connection, byte[] bytes, int start, int length, int[] count) throws IOException;

    private final long connection;
    private final InputStream in;
    private final OutputStream out;
    private final byte[] piece = new byte[16384];
    private final int[] count = new int[1];

    private Trustpack(long connection, Socket socket) throws IOException {
        this.connection = connection;
        this.in = socket.getInputStream();
        this.out = socket.getOutputStream();
    }

    /** Sends what the library has for the server. */
    private void drain() throws IOException {
        while (take(connection, piece, 0, piece.length, count) == OK && count[0] > 0) {
            out.write(piece, 0, count[0]);
        }
    }

    /** Gives the library what the server says next. */
    private void fill() throws IOException {
        int got = in.read(piece);
        if (got < 0) {
            throw new IOException("the server has ended the connection");
        }
        for (int given = 0; given < got; given += count[0]) {
            feed(connection, piece, given, got - given, count);
        }
    }

    private void say(byte[] words) throws IOException {
        for (int said = 0; said < words.length; ) {
            int result = write(connection, words, said, words.length - said, count);
            said += count[0];
            drain();
            if (result == WANT_READ) {
                fill();
            }
        }
    }

    private void hear(OutputStream into) throws IOException {
        byte[] words = new byte[4096];
        for (;;) {
            int result = read(connection, words, 0, words.length, count);
            into.write(words, 0, count[0]);
            drain();
            if (result == CLOSED) {
                return;
            } else if (result == WANT_READ) {
                fill();
            }
        }
    }

    public static void main(String[] arguments) throws IOException {
        System.loadLibrary("trustpack_jni");
        try {
            long context = contextFromFleet(arguments[0], arguments[1]);
            long connection = connection(context);
            try (Socket socket = new Socket(arguments[2], Integer.parseInt(arguments[3]))) {
                Trustpack client = new Trustpack(connection, socket);
                try {
                    client.say(System.in.readAllBytes());
                    System.err.println(fact(connection, FACT_VERSION) + ", server " + fact(connection, FACT_PEER_NAMES));
                    shutdown(connection);
                    client.drain();
                    client.hear(System.out);
                } catch (IOException failure) {
                    // The server is told why.
                    client.drain();
                    throw failure;
                }
            } finally {
                freeConnection(connection);
                freeContext(context);
            }
            System.out.flush();
        } catch (IOException failure) {
            System.err.println("failed: " + failure.getMessage());
            System.exit(1);
        }
    }
}
