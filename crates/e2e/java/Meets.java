// A TLS client of Java with one CA and a revocation list, which checks the name of the server: says whether it
// trusts servers, one line for each.
//
// Arguments: a file with all that is trusted, a list or "-" for none, and for each server its address, its port and
// its name.

import java.io.FileInputStream;
import java.io.InputStream;
import java.net.Socket;
import java.security.KeyStore;
import java.security.cert.CertStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.X509CertSelector;
import javax.net.ssl.CertPathTrustManagerParameters;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

public class Meets {
    static SSLContext context(String trusted, String list) throws Exception {
        CertificateFactory certificates = CertificateFactory.getInstance("X.509");
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        try (InputStream in = new FileInputStream(trusted)) {
            int number = 0;
            for (Certificate each : certificates.generateCertificates(in)) {
                store.setCertificateEntry("ca" + number++, each);
            }
        }
        PKIXBuilderParameters parameters = new PKIXBuilderParameters(store, new X509CertSelector());
        parameters.setRevocationEnabled(!list.equals("-"));
        if (!list.equals("-")) {
            try (InputStream in = new FileInputStream(list)) {
                CollectionCertStoreParameters lists =
                    new CollectionCertStoreParameters(certificates.generateCRLs(in));
                parameters.addCertStore(CertStore.getInstance("Collection", lists));
            }
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
        factory.init(new CertPathTrustManagerParameters(parameters));
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, factory.getTrustManagers(), null);
        return context;
    }

    static String answer(SSLContext context, String address, int port, String name) throws Exception {
        try (Socket plain = new Socket(address, port);
             SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(plain, name, port, true)) {
            SSLParameters parameters = socket.getSSLParameters();
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            socket.setSSLParameters(parameters);
            socket.startHandshake();
            return "yes";
        } catch (SSLException refused) {
            StringBuilder causes = new StringBuilder("no");
            for (Throwable each = refused; each != null; each = each.getCause()) {
                causes.append(": ").append(each.getMessage());
            }
            return causes.toString().replace('\n', ' ');
        }
    }

    public static void main(String[] arguments) throws Exception {
        SSLContext context = context(arguments[0], arguments[1]);
        for (int at = 2; at < arguments.length; at += 3) {
            int port = Integer.parseInt(arguments[at + 1]);
            System.out.println(answer(context, arguments[at], port, arguments[at + 2]));
        }
    }
}
