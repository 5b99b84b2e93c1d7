package air.holder

import org.junit.Test
import kotlin.test.assertContentEquals
import kotlin.test.assertEquals
import kotlin.test.assertFalse

/** Signing keys of OpenSSL and of RFC 7515. */
class SigningKeysTest {
    private val rfc = Vectors.file("crates/air-jwt/tests/vectors/rfc.json")
    private val keys = Vectors.path("crates/air-jwt/tests/vectors/keys")

    private fun parse(name: String) = SigningKey.parse(keys.resolve(name).readText())

    @Test
    fun `the signatures of RFC 7515`() {
        val rs256 = rfc.getAsJsonObject("rs256")
        SigningKey.parse(rs256["key"].toString()).use { key ->
            assertEquals("RS256", key.algorithm)
            val signature = key.sign(rs256.text("signingInput").encodeToByteArray())
            assertContentEquals(fromBase64Url(rs256.text("signature")), signature)
        }
        val es256 = rfc.getAsJsonObject("es256")
        SigningKey.parse(es256["key"].toString()).use { key ->
            assertEquals("ES256", key.algorithm)
            assertEquals(64, key.sign(es256.text("signingInput").encodeToByteArray()).size)
            assertFalse(json(key.publicJwk).has("d"))
        }
    }

    @Test
    fun `the ID of a key is its thumbprint or its own`() {
        for ((name, members) in mapOf("rs256" to listOf("e", "kty", "n"), "es256" to listOf("crv", "kty", "x", "y"))) {
            val jwk = rfc.getAsJsonObject(name).getAsJsonObject("key")
            // RFC 7638, 3: the required members in the order of their names, without spaces.
            val required = members.joinToString(",", "{", "}") { "\"$it\":${jwk[it]}" }
            assertEquals(base64Url(sha256(required)), SigningKey.parse(jwk.toString()).kid)
            val named = jwk.deepCopy().apply { addProperty("kid", "own") }
            assertEquals("own", SigningKey.parse(named.toString()).kid)
        }
    }

    @Test
    fun `the keys of OpenSSL`() {
        val accepted = listOf("ec-pkcs8.pem", "ec-sec1.pem", "ec-sec1-with-params.pem")
        assertEquals(1, accepted.map { parse(it).kid }.toSet().size)
        val signature = keys.resolve("rsa-signature.bin").readBytes()
        for (name in listOf("rsa-pkcs1.pem", "rsa-pkcs8.pem")) {
            assertContentEquals(signature, parse(name).sign(keys.resolve("message").readBytes()), name)
        }
        parse("rsa-4096.pem").close()
        val refused =
            listOf("ec-encrypted", "ec-p384", "ed25519", "rsa-1024", "rsa-5120", "rsa-encrypted-traditional")
        for (name in refused) assertCode("MALFORMED_KEY", name) { parse("$name.pem") }
    }

    @Test
    fun `a key is written and read again`() {
        SigningKey.generate().use { key ->
            assertEquals(key.publicJwk, SigningKey.parse(key.exposePem()).publicJwk)
            assertFalse(key.exposePem().lines()[1] in key.toString())
        }
    }
}
