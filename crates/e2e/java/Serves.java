// A TLS server with SSLServerSocket as programs of users have it, which goes on until it is killed.
//
// Arguments: password of the stores, key store, trust store, what it asks of clients (none, want, need), version
// (TLSv1.1, TLSv1.2, TLSv1.3, or both for what Java does by itself). It says where it listens, and reads what a client
// sends until that ends.

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.security.KeyStore;
import java.security.Security;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

public class Serves {
    static final int PATIENCE_MILLISECONDS = 60_000;

    public static void main(String[] arguments) throws Exception {
        // Java 17 speaks 1.0 and 1.1 only if it is told to.
        Security.setProperty("jdk.tls.disabledAlgorithms", "SSLv3");
        char[] password = arguments[0].toCharArray();
        KeyManagerFactory own = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        own.init(KeyStore.getInstance(new File(arguments[1]), password), password);
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(KeyStore.getInstance(new File(arguments[2]), password));
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(own.getKeyManagers(), trust.getTrustManagers(), null);
        SSLServerSocket listener = (SSLServerSocket)
            context.getServerSocketFactory().createServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
        switch (arguments[3]) {
            case "none" -> { }
            case "want" -> listener.setWantClientAuth(true);
            case "need" -> listener.setNeedClientAuth(true);
            default -> throw new IllegalArgumentException(arguments[3]);
        }
        if (!arguments[4].equals("both")) {
            listener.setEnabledProtocols(new String[] {arguments[4]});
        }
        System.out.println("listening 127.0.0.1:" + listener.getLocalPort());
        acceptAll(listener);
    }

    static void acceptAll(SSLServerSocket listener) {
        while (true) {
            try (SSLSocket socket = (SSLSocket) listener.accept()) {
                socket.setSoTimeout(PATIENCE_MILLISECONDS);
                socket.startHandshake();
                socket.getInputStream().readAllBytes();
            } catch (IOException refused) {
                System.out.println("refused " + refused.getMessage());
            }
        }
    }
}
