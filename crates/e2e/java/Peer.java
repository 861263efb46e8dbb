// TLS peers with SSLSocket and SSLServerSocket, with the stores that our own program made.
//
// Each line of standard input is one connection, its words between tabs; see driven.rs of the tests, which says what
// they are: the key store and the trust store stand for certificate and CA. A server says where it listens first; then,
// and as a client, one line says what came of it: "carried" with the hashes of what was received and sent, or "refused"
// with the error. Nothing is sent before all of the client's octets have come.

import java.io.BufferedReader;
import java.io.EOFException;
import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.Security;
import java.security.cert.CertStore;
import java.security.cert.CertificateFactory;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.util.HexFormat;
import javax.net.ssl.CertPathTrustManagerParameters;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedKeyManager;

public class Peer {
    static final int PATIENCE_MILLISECONDS = 60_000;

    public static void main(String[] arguments) throws Exception {
        // Java 17 speaks 1.0 and 1.1 only if it is told to.
        Security.setProperty("jdk.tls.disabledAlgorithms", "SSLv3");
        char[] password = arguments[0].toCharArray();
        BufferedReader commands = new BufferedReader(new InputStreamReader(System.in));
        for (String line = commands.readLine(); line != null; line = commands.readLine()) {
            String[] words = line.split("\t");
            try {
                String hashes = words[0].equals("client") ? client(words, password) : server(words, password);
                System.out.println("carried\t" + hashes);
            } catch (IOException refused) {
                StringBuilder causes = new StringBuilder("refused\t");
                for (Throwable each = refused; each != null; each = each.getCause()) {
                    causes.append(each.getMessage()).append(": ");
                }
                System.out.println(causes.toString().replace('\n', ' '));
            }
        }
    }

    static SSLContext context(String keys, String trusted, String list, char[] password) throws Exception {
        KeyManagerFactory own = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        own.init(keys.equals("-") ? null : KeyStore.getInstance(new File(keys), password), password);
        KeyStore store = KeyStore.getInstance(new File(trusted), password);
        PKIXBuilderParameters parameters = new PKIXBuilderParameters(store, new X509CertSelector());
        try (InputStream in = new FileInputStream(list)) {
            CollectionCertStoreParameters lists =
                new CollectionCertStoreParameters(CertificateFactory.getInstance("X.509").generateCRLs(in));
            parameters.addCertStore(CertStore.getInstance("Collection", lists));
        }
        TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
        trust.init(new CertPathTrustManagerParameters(parameters));
        SSLContext context = SSLContext.getInstance("TLS");
        KeyManager[] always = {new Always((X509ExtendedKeyManager) own.getKeyManagers()[0])};
        context.init(always, trust.getTrustManagers(), null);
        return context;
    }

    // Presents the certificate whichever CAs the server names: Java's own presents none of a CA that is not named.
    static class Always extends X509ExtendedKeyManager {
        final X509ExtendedKeyManager own;

        Always(X509ExtendedKeyManager own) {
            this.own = own;
        }

        public String chooseClientAlias(String[] types, Principal[] issuers, Socket socket) {
            return own.chooseClientAlias(types, null, socket);
        }

        public String[] getClientAliases(String type, Principal[] issuers) {
            return own.getClientAliases(type, null);
        }

        public String chooseServerAlias(String type, Principal[] issuers, Socket socket) {
            return own.chooseServerAlias(type, issuers, socket);
        }

        public String[] getServerAliases(String type, Principal[] issuers) {
            return own.getServerAliases(type, issuers);
        }

        public X509Certificate[] getCertificateChain(String alias) {
            return own.getCertificateChain(alias);
        }

        public PrivateKey getPrivateKey(String alias) {
            return own.getPrivateKey(alias);
        }
    }

    static String protocol(String version) {
        return version.equals("1.0") ? "TLSv1" : "TLSv" + version;
    }

    // Words: role, address, name, version, key store, trust store, list, files with what goes up and down.
    static String client(String[] words, char[] password) throws Exception {
        SSLContext context = context(words[4], words[5], words[6], password);
        byte[] sent = Files.readAllBytes(Path.of(words[7]));
        int expected = (int) Files.size(Path.of(words[8]));
        int port = Integer.parseInt(words[1].split(":")[1]);
        Socket plain = new Socket(words[1].split(":")[0], port);
        plain.setSoTimeout(PATIENCE_MILLISECONDS);
        try (SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(plain, words[2], port, true)) {
            SSLParameters parameters = socket.getSSLParameters();
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            parameters.setProtocols(new String[] {protocol(words[3])});
            socket.setSSLParameters(parameters);
            socket.startHandshake();
            socket.getOutputStream().write(sent);
            return hash(receive(socket, expected)) + "\t" + hash(sent);
        }
    }

    // Words: role, 1 for mutual, version, key store, trust store, list, files with what goes up and down.
    static String server(String[] words, char[] password) throws Exception {
        SSLContext context = context(words[3], words[4], words[5], password);
        int expected = (int) Files.size(Path.of(words[6]));
        byte[] sent = Files.readAllBytes(Path.of(words[7]));
        try (SSLServerSocket listener = (SSLServerSocket)
                context.getServerSocketFactory().createServerSocket(0, 5, InetAddress.getByName("127.0.0.1"))) {
            listener.setNeedClientAuth(words[1].equals("1"));
            listener.setEnabledProtocols(new String[] {protocol(words[2])});
            listener.setSoTimeout(PATIENCE_MILLISECONDS);
            System.out.println("listening\t127.0.0.1:" + listener.getLocalPort());
            try (SSLSocket socket = (SSLSocket) listener.accept()) {
                socket.setSoTimeout(PATIENCE_MILLISECONDS);
                socket.startHandshake();
                byte[] received = receive(socket, expected);
                socket.getOutputStream().write(sent);
                return hash(received) + "\t" + hash(sent);
            }
        }
    }

    static byte[] receive(SSLSocket socket, int count) throws IOException {
        byte[] received = socket.getInputStream().readNBytes(count);
        if (received.length < count) {
            throw new EOFException("the other end closed");
        }
        return received;
    }

    static String hash(byte[] octets) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(octets));
    }
}
