package air.holder

import com.google.gson.JsonObject
import org.junit.Test
import java.io.ByteArrayInputStream
import java.io.ByteArrayOutputStream
import kotlin.test.assertContentEquals
import kotlin.test.assertEquals

/** Derivation, sealing and envelopes against the vectors of independent implementations. */
class CakVectorsTest {
    private val file = Vectors.file("crates/air-crypto/tests/vectors/cak-v1.json")

    private fun curve(vector: JsonObject) = checkNotNull(Curve.named(vector.text("curve")))

    private fun context(vector: JsonObject) =
        CakContext(vector.text("user"), vector.text("issuer"), vector.text("schema"), curve(vector))

    private fun managed(vector: JsonObject) =
        ManagedContext(vector.text("issuer"), vector.text("keyId"), curve(vector))

    @Test
    fun `the file has the groups that the tests run`() {
        val sizes = file.entrySet().filter { it.value.isJsonArray }.associate { it.key to it.value.asJsonArray.size() }
        assertEquals(mapOf("derive" to 16, "seal" to 8, "threshold" to 4), sizes)
    }

    @Test
    fun `keys are derived from seeds and wallets`() {
        for (vector in file.objects("derive")) {
            val root =
                when (vector.text("root")) {
                    "seed" -> RootSecret.fromSeed(vector.hex("seed"))
                    else -> RootSecret.fromWallet(vector.hex("walletKey"), vector["chainId"].asLong)
                }
            root.use { it.derive(context(vector)) }.use { key ->
                assertEquals(vector.text("privateKey"), key.exposeHex())
                assertEquals(vector.text("publicKey"), key.publicKey.toHex())
                assertEquals(vector.text("publicKeyCompressed"), key.publicKey.toCompressedHex())
                assertEquals(curve(vector), key.curve)
                assertEquals(key.publicKey, CakPublicKey.parse(vector.text("publicKeyCompressed"), curve(vector)))
            }
        }
    }

    @Test
    fun `containers open in memory and as streams`() {
        for (vector in file.objects("seal")) {
            val (context, label) = context(vector) to vector.hex("aad")
            val (sealed, document) = vector.hex("sealed") to vector.hex("plaintext")
            CakPrivateKey.parse(vector.text("privateKey"), curve(vector)).use { key ->
                assertContentEquals(document, key.open(context, sealed, label))
                val opened = ByteArrayOutputStream()
                assertEquals(document.size.toLong(), key.open(context, ByteArrayInputStream(sealed), opened, label))
                assertContentEquals(document, opened.toByteArray())

                val target = ByteArrayOutputStream()
                val chunkLog2 = vector["chunkLog2"].asInt
                val publicKey = CakPublicKey.parse(vector.text("publicKey"), curve(vector))
                publicKey.seal(context, ByteArrayInputStream(document), target, label, chunkLog2)
                assertEquals(sealed.size, target.size())
                assertContentEquals(document, key.open(context, target.toByteArray(), label))
            }
        }
    }

    @Test
    fun `containers for custodians open with the whole key`() {
        for (vector in file.objects("threshold")) {
            CakPrivateKey.parse(vector.text("privateKey"), curve(vector)).use { key ->
                assertEquals(vector.text("publicKey"), key.publicKey.toHex())
                assertContentEquals(vector.hex("plaintext"), key.open(managed(vector), vector.hex("sealed")))
                assertCode("WRONG_KEY") { key.open(managed(vector).copy(keyId = "x"), vector.hex("sealed")) }
            }
        }
    }

    @Test
    fun `envelopes that Node sealed open`() {
        val vectors =
            Vectors.file("crates/air-crypto/tests/vectors/holder-envelope-x25519.json").objects("vectors")
        assertEquals(3, vectors.size)
        for (vector in vectors) {
            val message = vector.getAsJsonObject("package")
            val envelope =
                HolderEnvelope(
                    data = message.hex("encryptedData"),
                    iv = message.hex("iv"),
                    authTag = message.hex("authTag"),
                    ephemeralKey = message.hex("dataEncPublicKey"),
                )
            HolderPrivateKey.parse(vector.hex("holderPrivatePkcs8")).use { key ->
                val name = vector.text("name")
                assertEquals("0x" + vector.text("holderPublicSpki").removePrefix("0x"), key.publicKey, name)
                assertContentEquals(vector.hex("holderPrivatePkcs8"), key.exposeDer(), name)
                assertEquals(vector.text("plaintext"), key.open(envelope).decodeToString(), name)
                val others = HolderEnvelope(envelope.data, envelope.iv, ByteArray(16), envelope.ephemeralKey)
                assertCode("ENVELOPE_REJECTED", name) { key.open(others) }
            }
        }
    }
}
