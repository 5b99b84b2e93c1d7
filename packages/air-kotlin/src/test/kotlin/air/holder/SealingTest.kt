package air.holder

import org.junit.Rule
import org.junit.Test
import org.junit.rules.TemporaryFolder
import java.io.ByteArrayInputStream
import java.io.IOException
import java.io.InputStream
import java.io.OutputStream
import kotlin.random.Random
import kotlin.test.assertContentEquals
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertFalse
import kotlin.test.assertNotEquals

class SealingTest {
    @get:Rule
    val folder = TemporaryFolder()

    private val context = CakContext("u-1", "did:example:issuer", "s-1")
    private val key = CakPrivateKey.generate()

    @Test
    fun `a document opens with its key, context and label only`() {
        for (document in listOf(byteArrayOf(), "scan".encodeToByteArray(), ByteArray(200_000) { it.toByte() })) {
            val sealed = key.publicKey.seal(context, document, "label".encodeToByteArray())
            assertContentEquals(document, key.open(context, sealed, "label".encodeToByteArray()))
            assertCode("WRONG_KEY") { key.open(context, sealed) }
            assertCode("WRONG_KEY") { key.open(context.copy(user = "u-2"), sealed, "label".encodeToByteArray()) }
            assertCode("WRONG_KEY") { CakPrivateKey.generate().open(context, sealed, "label".encodeToByteArray()) }
            sealed[sealed.lastIndex]++
            assertCode("CHUNK_REJECTED") { key.open(context, sealed, "label".encodeToByteArray()) }
        }
        assertCode("NOT_A_CONTAINER") { key.open(context, byteArrayOf()) }
        assertCode("CURVE_MISMATCH") { key.publicKey.seal(context.copy(curve = Curve.SECP256K1), byteArrayOf()) }
        assertCode("FIELD_EMPTY") { key.publicKey.seal(context.copy(user = ""), byteArrayOf()) }
    }

    @Test
    fun `a file is sealed and opened whole or not at all`() {
        // Around the length of a chunk, and of a piece.
        for (length in listOf(0, 1, 65_536, 65_537, 262_144, 700_000)) {
            val source = folder.root.resolve("scan").apply { writeBytes(Random.nextBytes(length)) }
            val (sealed, opened) = folder.root.resolve("sealed") to folder.root.resolve("opened")
            assertEquals(length.toLong(), key.publicKey.seal(context, source, sealed))
            assertEquals(length.toLong(), key.open(context, sealed, opened))
            assertContentEquals(source.readBytes(), opened.readBytes())
            opened.delete()

            sealed.writeBytes(sealed.readBytes().apply { this[lastIndex]++ })
            assertCode("CHUNK_REJECTED") { key.open(context, sealed, opened) }
            assertFalse(opened.exists())
            sealed.writeBytes(sealed.readBytes().copyOf(sealed.length().toInt() - 1))
            assertFailsWith<AirException> { key.open(context, sealed, opened) }
            assertEquals(setOf("scan", "sealed"), folder.root.list().orEmpty().toSet())
        }
    }

    @Test
    fun `exceptions of streams are thrown unchanged`() {
        val failure = IOException("disk")
        val failing =
            object : InputStream() {
                override fun read(): Int = throw failure
            }
        val full =
            object : OutputStream() {
                override fun write(byte: Int): Unit = throw failure
            }
        assertEquals(failure, assertFailsWith<IOException> { key.publicKey.seal(context, failing, full) })
        assertEquals(failure, assertFailsWith<IOException> { key.open(context, failing, full) })
        val sealed = key.publicKey.seal(context, byteArrayOf(1))
        val thrown = assertFailsWith<IOException> { key.open(context, ByteArrayInputStream(sealed), full) }
        assertEquals(failure, thrown)
    }

    @Test
    fun `a chunk size is between 4 KiB and 16 MiB`() {
        for (log2 in listOf(11, 25, 255)) {
            assertCode("INVALID_ARGUMENT") {
                key.publicKey.seal(context, ByteArrayInputStream(byteArrayOf()), OutputStream.nullOutputStream(), chunkLog2 = log2)
            }
        }
        assertFailsWith<IllegalArgumentException> {
            key.publicKey.seal(context, ByteArrayInputStream(byteArrayOf()), OutputStream.nullOutputStream(), chunkLog2 = 256)
        }
    }

    @Test
    fun `keys are read in each form`() {
        for (text in listOf(key.publicKey.toHex(), key.publicKey.toCompressedHex(), key.publicKey.toJwk(), key.publicKey.toPem())) {
            assertEquals(key.publicKey, CakPublicKey.parse(text))
        }
        assertNotEquals(key.publicKey, CakPrivateKey.generate().publicKey)
        assertEquals(key.publicKey, CakPrivateKey.parse(key.exposeHex()).publicKey)
        val pem = key.toEncryptedPem("correct horse".encodeToByteArray())
        assertEquals(key.publicKey, CakPrivateKey.parse(pem, passphrase = "correct horse".encodeToByteArray()).publicKey)
        assertCode("PASSPHRASE_NEEDED") { CakPrivateKey.parse(pem) }
        assertCode("WRONG_PASSPHRASE") { CakPrivateKey.parse(pem, passphrase = "wrong".encodeToByteArray()) }
        assertCode("MALFORMED_KEY") { CakPublicKey.parse("{}") }
        assertCode("FIELD_TOO_SHORT") { RootSecret.fromSeed(ByteArray(31)) }
    }

    @Test
    fun `texts show no secret, and closed keys open nothing`() {
        val hex = key.exposeHex()
        RootSecret.fromSeed(ByteArray(32) { 7 }).use { root ->
            for (text in listOf(key.toString(), root.toString())) assertFalse(hex in text, text)
        }
        val closed = CakPrivateKey.generate()
        val sealed = closed.publicKey.seal(context, byteArrayOf(1))
        closed.close()
        closed.close()
        assertFailsWith<IllegalStateException> { closed.open(context, sealed) }
        assertFailsWith<IllegalStateException> { closed.exposeHex() }
    }
}
