// 一家银行的 Java 程序：登记公钥，签名，核验应答，以文本文件提取预开户数据、回盘、完成。SM2、SM3 用 Bouncy Castle（Debian：libbcprov-java）。
//
// java -cp /usr/share/java/bcprov.jar Bank.java http://127.0.0.1:8018 kaguan --data box
//
// 第一个参数是省卡管系统的地址，其余是省卡管一侧的命令（登记合作方），由测试环境的管理员执行。

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.regex.Pattern;
import org.bouncycastle.asn1.gm.GMNamedCurves;
import org.bouncycastle.asn1.x9.X9ECParameters;
import org.bouncycastle.crypto.AsymmetricCipherKeyPair;
import org.bouncycastle.crypto.CipherParameters;
import org.bouncycastle.crypto.digests.SM3Digest;
import org.bouncycastle.crypto.generators.ECKeyPairGenerator;
import org.bouncycastle.crypto.params.ECDomainParameters;
import org.bouncycastle.crypto.params.ECKeyGenerationParameters;
import org.bouncycastle.crypto.params.ECPublicKeyParameters;
import org.bouncycastle.crypto.params.ParametersWithID;
import org.bouncycastle.crypto.params.ParametersWithRandom;
import org.bouncycastle.crypto.signers.SM2Signer;
import org.bouncycastle.util.encoders.Hex;

public class Bank {
    static final String ME = "bank:95588", KEY = "key-1";
    static final byte[] IDENTITY = "1234567812345678".getBytes(StandardCharsets.US_ASCII);
    static final X9ECParameters SM2 = GMNamedCurves.getByName("sm2p256v1");
    static final ECDomainParameters CURVE = new ECDomainParameters(SM2.getCurve(), SM2.getG(), SM2.getN());
    static final SecureRandom RANDOM = new SecureRandom();

    final HttpClient http = HttpClient.newHttpClient();
    final String system;
    final AsymmetricCipherKeyPair ours;
    final ECPublicKeyParameters theirs;

    Bank(String system, AsymmetricCipherKeyPair ours, ECPublicKeyParameters theirs) {
        this.system = system;
        this.ours = ours;
        this.theirs = theirs;
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** SM3，小写十六进制。 */
    static String digest(byte[] data) {
        SM3Digest sm3 = new SM3Digest();
        sm3.update(data, 0, data.length);
        byte[] out = new byte[32];
        sm3.doFinal(out, 0);
        return Hex.toHexString(out);
    }

    static String random() {
        byte[] bytes = new byte[16];
        RANDOM.nextBytes(bytes);
        return Hex.toHexString(bytes);
    }

    static SM2Signer signer(boolean sign, CipherParameters key) {
        SM2Signer signer = new SM2Signer();
        signer.init(sign, new ParametersWithID(key, IDENTITY));
        return signer;
    }

    String sign(byte[] text) throws Exception {
        SM2Signer signer = signer(true, new ParametersWithRandom(ours.getPrivate(), RANDOM));
        signer.update(text, 0, text.length);
        return Base64.getEncoder().encodeToString(signer.generateSignature());
    }

    /** 呼叫，核验应答；不是200的，连同原因一并报出。 */
    String call(String method, String path, String body, String type, String accept, String idempotency) throws Exception {
        byte[] bytes = utf8(body);
        String time = Long.toString(System.currentTimeMillis()), nonce = random(), hash = digest(bytes);
        String text = String.join("\n", "KAGUAN-1", method, path, ME, KEY, time, nonce, idempotency == null ? "-" : idempotency, hash);
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(system + path))
                .method(method, bytes.length == 0 ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofByteArray(bytes))
                .headers("Kaguan-Partner", ME, "Kaguan-Key", KEY, "Kaguan-Time", time, "Kaguan-Nonce", nonce,
                        "Kaguan-Digest", hash, "Kaguan-Signature", sign(utf8(text)), "Accept", accept);
        if (!type.isEmpty()) {
            request.header("Content-Type", type);
        }
        if (idempotency != null) {
            request.header("Idempotency-Key", idempotency);
        }
        HttpResponse<byte[]> reply = http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
        String name = reply.headers().firstValue("Kaguan-Key").orElseThrow(), at = reply.headers().firstValue("Kaguan-Time").orElseThrow();
        byte[] signed = utf8(String.join("\n", "KAGUAN-1-REPLY", Integer.toString(reply.statusCode()), nonce, name, at, digest(reply.body())));
        SM2Signer verifier = signer(false, theirs);
        verifier.update(signed, 0, signed.length);
        String signature = reply.headers().firstValue("Kaguan-Signature").orElseThrow();
        if (!verifier.verifySignature(Base64.getDecoder().decode(signature))) {
            throw new IllegalStateException("应答签名不正确");
        }
        String said = new String(reply.body(), StandardCharsets.UTF_8);
        if (reply.statusCode() != 200) {
            throw new IllegalStateException(method + " " + path + "：" + reply.statusCode() + " " + said);
        }
        return said;
    }

    static String operator(List<String> command, String... args) throws Exception {
        List<String> all = new ArrayList<>(command);
        all.addAll(Arrays.asList(args));
        Process process = new ProcessBuilder(all).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IllegalStateException(all + "：" + said);
        }
        return said;
    }

    /** 银行卡号的末位（Luhn）。 */
    static String withCheckDigit(String digits) {
        int total = 0;
        for (int place = 0; place < digits.length(); place++) {
            int digit = digits.charAt(digits.length() - 1 - place) - '0';
            int doubled = place % 2 == 0 ? digit * 2 : digit;
            total += doubled > 9 ? doubled - 9 : doubled;
        }
        return digits + (10 - total % 10) % 10;
    }

    public static void main(String[] args) throws Exception {
        List<String> command = Arrays.asList(args).subList(1, args.length);
        ECKeyPairGenerator generator = new ECKeyPairGenerator();
        generator.init(new ECKeyGenerationParameters(CURVE, RANDOM));
        AsymmetricCipherKeyPair ours = generator.generateKeyPair();
        String publicKey = Hex.toHexString(((ECPublicKeyParameters) ours.getPublic()).getQ().getEncoded(false));
        String systemKey = operator(command, "partner", "system-key").trim().split("\\s+")[1];
        ECPublicKeyParameters theirs = new ECPublicKeyParameters(SM2.getCurve().decodePoint(Hex.decode(systemKey)), CURVE);
        operator(command, "partner", "register", ME, "--name", "一家银行", "--public", publicKey);
        operator(command, "sandbox", "--batch", "3");
        Bank bank = new Bank(args[0], ours, theirs);

        var waiting = Pattern.compile("\"batch\":\"([^\"]+)\"").matcher(bank.call("GET", "/api/bank/v1/batches", "", "", "application/json", null));
        if (!waiting.find()) {
            throw new IllegalStateException("没有待办批次");
        }
        String batch = "/api/bank/v1/batches/" + waiting.group(1);

        // 第一行是行数，第二行是标题，以后每行一人；回盘是原来的前八项，再加银行卡号、银行账户、失败代码、失败原因。
        String[] data = bank.call("POST", batch + "/opening-data", "", "", "text/plain", null).split("\r?\n");
        int rows = Integer.parseInt(data[0]);
        long base = Integer.toUnsignedLong(RANDOM.nextInt());
        List<String> back = new ArrayList<>(List.of(data[0]));
        back.add(String.join(",", first(data[1])) + ",银行卡号,银行账户,失败代码,失败原因");
        for (int row = 0; row < rows; row++) {
            String person = String.join(",", first(data[2 + row]));
            boolean failed = row == 0 && rows > 1;
            String number = withCheckDigit(String.format("62955887%010d", base + row));
            back.add(person + (failed ? ",,,KYC01,客户职业信息缺失" : "," + number + "," + String.format("95588%012d", base + row) + ",,"));
        }
        String verdicts = bank.call("POST", batch + "/opening-returns", String.join("\n", back) + "\n", "text/plain", "application/x-ndjson", random());
        for (String verdict : verdicts.strip().split("\n")) {
            if (!verdict.contains("\"code\":\"done\"")) {
                throw new IllegalStateException(verdict);
            }
        }
        bank.call("POST", batch + "/close", "", "", "application/json", random());
        System.out.println("Java：回盘" + rows + "行，完成，签名全部相符");
    }

    static String[] first(String line) {
        return Arrays.copyOf(line.split(",", -1), 8);
    }
}
