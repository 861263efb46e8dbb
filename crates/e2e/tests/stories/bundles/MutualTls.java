// Mutual TLS on the loopback address, with the stores of two bundles: arguments are the key store and the trust store of
// the server, then those of the client, and the password of all. A client without a certificate must be refused.

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.security.KeyStore;
import javax.net.ssl.*;

class MutualTls {
    static final int PATIENCE_MILLISECONDS = 60_000;

    public static void main(String[] arguments) throws Exception {
        char[] password = arguments[4].toCharArray();
        SSLContext server = context(arguments[0], arguments[1], password);
        SSLContext client = context(arguments[2], arguments[3], password);
        SSLContext unknown = context(null, arguments[3], password);
        try (SSLServerSocket listener = (SSLServerSocket)
                server.getServerSocketFactory().createServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            listener.setNeedClientAuth(true);
            listener.setSoTimeout(PATIENCE_MILLISECONDS);
            Thread serving = new Thread(() -> serve(listener));
            serving.setDaemon(true);
            serving.start();
            System.out.println("known: " + ask(client, listener.getLocalPort()));
            System.out.println("unknown: " + ask(unknown, listener.getLocalPort()));
        }
    }

    static SSLContext context(String keys, String trusted, char[] password) throws Exception {
        KeyManagerFactory own = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        own.init(keys == null ? null : KeyStore.getInstance(new File(keys), password), password);
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(KeyStore.getInstance(new File(trusted), password));
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(own.getKeyManagers(), trust.getTrustManagers(), null);
        return context;
    }

    static void serve(SSLServerSocket listener) {
        while (!listener.isClosed()) {
            try (SSLSocket socket = (SSLSocket) listener.accept()) {
                socket.setSoTimeout(PATIENCE_MILLISECONDS);
                socket.startHandshake();
                String peer = socket.getSession().getPeerPrincipal().getName();
                socket.getOutputStream().write(("hello " + peer).getBytes());
            } catch (IOException refused) {
                // The next one may be let in.
            }
        }
    }

    static String ask(SSLContext context, int port) throws IOException {
        Socket plain = new Socket(InetAddress.getLoopbackAddress(), port);
        plain.setSoTimeout(PATIENCE_MILLISECONDS);
        SSLSocketFactory factory = context.getSocketFactory();
        try (SSLSocket socket = (SSLSocket) factory.createSocket(plain, "db1.example.com", port, true)) {
            SSLParameters parameters = socket.getSSLParameters();
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            socket.setSSLParameters(parameters);
            socket.startHandshake();
            InputStream in = socket.getInputStream();
            return new String(in.readAllBytes());
        } catch (SSLException refused) {
            return "refused: " + refused.getMessage();
        }
    }
}
