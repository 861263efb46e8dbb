// Reads files as a program on the classes of Java does, and prints what is in them.
//
// Arguments, four for each file: what it is, its path, its password, the certificate that fits the key in it.
// Before what it prints of a file there is a line "=== NUMBER". A key counts as read when a signature made with
// it is verified with the key of the certificate, which is then printed.

import java.io.FileInputStream;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CRL;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.security.cert.X509CRLEntry;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Collections;
import javax.crypto.Cipher;
import javax.crypto.EncryptedPrivateKeyInfo;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;

public class Reads {
    static final CertificateFactory FACTORY = factory();

    static CertificateFactory factory() {
        try {
            return CertificateFactory.getInstance("X.509");
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    static void print(byte[] der) {
        System.out.println(Base64.getEncoder().encodeToString(der));
    }

    // The octets of a file, without the PEM around them if there is any.
    static byte[] octets(String path) throws Exception {
        byte[] file = Files.readAllBytes(Path.of(path));
        String text = new String(file, "ISO-8859-1");
        if (!text.startsWith("-----BEGIN")) {
            return file;
        }
        return Base64.getMimeDecoder().decode(text.replaceAll("-----[A-Z ]+-----", ""));
    }

    static void key(PrivateKey key, Certificate fitting) throws Exception {
        PublicKey known = fitting.getPublicKey();
        String algorithm = switch (known.getAlgorithm()) {
            case "RSA" -> "SHA256withRSA";
            case "EC" -> "SHA256withECDSA";
            default -> "Ed25519";
        };
        byte[] message = "message".getBytes("UTF-8");
        Signature signer = Signature.getInstance(algorithm);
        signer.initSign(key);
        signer.update(message);
        byte[] signature = signer.sign();
        Signature verifier = Signature.getInstance(algorithm);
        verifier.initVerify(known);
        verifier.update(message);
        if (!verifier.verify(signature)) {
            throw new IllegalStateException("the key does not fit the certificate");
        }
        print(known.getEncoded());
    }

    static void keyFile(byte[] file, boolean encrypted, String password, Certificate fitting) throws Exception {
        PKCS8EncodedKeySpec spec = new PKCS8EncodedKeySpec(file);
        if (encrypted) {
            EncryptedPrivateKeyInfo info = new EncryptedPrivateKeyInfo(file);
            // Of PBES2 the algorithm is in its parameters.
            String algorithm = info.getAlgName().startsWith("PBES2") || info.getAlgName().startsWith("1.2.840.113549.1.5.13")
                ? info.getAlgParameters().toString() : info.getAlgName();
            Cipher cipher = Cipher.getInstance(algorithm);
            cipher.init(Cipher.DECRYPT_MODE,
                SecretKeyFactory.getInstance(algorithm).generateSecret(new PBEKeySpec(password.toCharArray())),
                info.getAlgParameters());
            spec = info.getKeySpec(cipher);
        }
        key(KeyFactory.getInstance(fitting.getPublicKey().getAlgorithm()).generatePrivate(spec), fitting);
    }

    static void store(String kind, String path, char[] password) throws Exception {
        KeyStore store = KeyStore.getInstance(kind);
        try (InputStream in = new FileInputStream(path)) {
            store.load(in, password);
        }
        for (String alias : Collections.list(store.aliases())) {
            System.out.println(alias);
            if (store.isKeyEntry(alias)) {
                Certificate[] chain = store.getCertificateChain(alias);
                key((PrivateKey) store.getKey(alias, password), chain[0]);
                for (Certificate each : chain) {
                    print(each.getEncoded());
                }
            } else {
                System.out.println("trusted");
                print(store.getCertificate(alias).getEncoded());
            }
        }
    }

    static void read(String what, String path, String password, String fitting) throws Exception {
        try (InputStream in = new FileInputStream(path); InputStream other = new FileInputStream(fitting)) {
            switch (what) {
                case "certificates" -> {
                    for (Certificate each : FACTORY.generateCertificates(in)) {
                        print(each.getEncoded());
                    }
                }
                case "list" -> {
                    for (X509CRLEntry each : ((X509CRL) FACTORY.generateCRL(in)).getRevokedCertificates()) {
                        System.out.println(each.getSerialNumber().toString(16));
                    }
                }
                case "key", "encrypted-key" ->
                    keyFile(octets(path), what.startsWith("encrypted"), password, FACTORY.generateCertificate(other));
                default -> store(what, path, password.toCharArray());
            }
        }
    }

    public static void main(String[] arguments) throws Exception {
        for (int at = 0; at < arguments.length; at += 4) {
            System.out.println("=== " + at / 4);
            read(arguments[at], arguments[at + 1], arguments[at + 2], arguments[at + 3]);
        }
    }
}
