// A TLS client of Java with one CA: prints whether it trusts the chains of the files, one line for each.
//
// Arguments, two for each: a file with all that is trusted, and one with what a server sends.

import java.io.*;
import java.security.KeyStore;
import java.security.cert.*;
import java.util.*;
import javax.net.ssl.*;

public class Trusts {
    static List<X509Certificate> read(String file) throws Exception {
        List<X509Certificate> all = new ArrayList<>();
        try (InputStream in = new FileInputStream(file)) {
            for (Certificate each : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
                all.add((X509Certificate) each);
            }
        }
        return all;
    }

    public static void main(String[] arguments) throws Exception {
        for (int at = 0; at + 1 < arguments.length; at += 2) {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            int number = 0;
            for (X509Certificate trusted : read(arguments[at])) {
                store.setCertificateEntry("ca" + number++, trusted);
            }
            TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
            factory.init(store);
            X509TrustManager manager = (X509TrustManager) factory.getTrustManagers()[0];
            X509Certificate[] chain = read(arguments[at + 1]).toArray(new X509Certificate[0]);
            String answer = "yes";
            try {
                manager.checkServerTrusted(chain, "ECDHE_RSA");
            } catch (CertificateException refused) {
                answer = "no: " + refused;
            }
            System.out.println(answer.replace('\n', ' '));
        }
    }
}
