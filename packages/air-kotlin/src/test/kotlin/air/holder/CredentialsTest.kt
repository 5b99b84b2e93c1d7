package air.holder

import com.google.gson.JsonObject
import org.junit.Test
import java.security.KeyPair
import java.security.KeyPairGenerator
import java.security.interfaces.ECPublicKey
import java.security.spec.ECGenParameterSpec
import java.time.Instant
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertFalse
import kotlin.test.assertNull
import kotlin.test.assertSame
import kotlin.test.assertTrue

class CredentialsTest {
    private val examples = Vectors.file("crates/air-vc/tests/vectors/sd-jwt/examples.json")
    private val challenge = Challenge("fresh-and-random", "program-7")

    private fun keySet(jwk: Any) = """{"keys":[$jwk]}"""

    @Test
    fun `the credential of RFC 9901 and presentations of it`() {
        val example = examples.objects("examples").single { it.text("section") == "A.3" }
        val shown = example.objects("presentations").first()
        val printed = example.getAsJsonObject("kb_jwt_payload")
        val now = Instant.ofEpochSecond(printed["iat"].asLong + 1)

        fun verified(
            issuer: String = "https://pid-issuer.bund.de.example",
            jwk: String = "issuer_public_jwk",
            types: List<String> = listOf("urn:eudi:pid:de:1"),
            claims: List<String> = emptyList(),
            nonce: String = printed.text("nonce"),
            at: Instant = now,
        ) = verify(
            shown.text("compact"),
            issuer,
            keySet(examples[jwk]),
            types,
            claims,
            Challenge(nonce, printed.text("aud")),
            now = at,
        )

        val credential = verified()
        assertEquals(shown.getAsJsonObject("processed_payload"), json(credential.claims))
        assertTrue(credential.isHolderBound)
        assertEquals(Instant.ofEpochSecond(1_883_000_000), credential.expiresAt)
        assertEquals("passed", credential.checks["signature"])
        assertFalse("Erika" in credential.toString())
        val changes =
            mapOf(
                "type" to { verified(types = listOf("other")) },
                "keyBinding" to { verified(nonce = "another") },
                "claims" to { verified(claims = listOf("given_name")) },
                "validity" to { verified(at = Instant.ofEpochSecond(1_883_000_100)) },
                "signature" to { verified(jwk = "holder_public_jwk") },
                "issuer" to { verified(issuer = "https://other.example") },
            )
        for ((check, change) in changes) {
            val error = assertCode("CREDENTIAL_REJECTED", check) { change() }
            assertEquals(check, error.check)
            assertFalse("Erika" in error.message.orEmpty())
        }
        // The holder makes the presentation that the RFC prints, except for the holder's signature.
        val made = present(example.text("issued"), listOf("age_equal_or_over.18", "nationalities"))
        val expected = shown.text("compact").substringBeforeLast('~').split('~').toSet()
        assertEquals(expected + "", made.split('~').toSet())
    }

    @Test
    fun `other examples are inspected, and refused as another format`() {
        val others = examples.objects("examples").filter { it.has("presentations") && it.text("section") != "A.3" }
        assertEquals(4, others.size)
        for (example in others) {
            val section = example.text("section")
            val compact = example.objects("presentations").first().text("compact")
            val shown = example.objects("presentations").first().getAsJsonObject("processed_payload")
            assertEquals(shown, json(inspect(compact).claims), section)
            val error =
                assertCode("CREDENTIAL_REJECTED", section) {
                    verify(compact, "https://issuer.example.com", keySet(examples["issuer_public_jwk"]))
                }
            assertEquals("format", error.check, section)
        }
    }

    @Test
    fun `a presentation is bound to the verifier's challenge`() {
        val (issuer, holder) = SigningKey.generate() to SigningKey.generate()
        val credential = issued(issuer, holder.publicJwk)
        val shown = inspect(credential)
        assertEquals(listOf("address", "givenName", "isOver18"), shown.disclosed.sorted())
        assertEquals(holder.kid, shown.holderKey)
        assertFalse(shown.hasKeyBinding)

        val presentation = present(credential, listOf("isOver18", "address.city"), holder, challenge)
        val verified = verified(presentation, issuer, challenge)
        assertEquals(json("""{"isOver18":true,"address":{"city":"Utopia"}}"""), json(verified.subject))
        assertTrue(verified.isHolderBound)
        assertTrue(inspect(presentation).hasKeyBinding)
        assertNull(verified.expiresAt)

        val all = verified(present(credential, listOf("*")), issuer)
        assertTrue("Ada" in all.subject)
        assertFalse(all.isHolderBound)
        assertCode("INVALID_ARGUMENT") { present(credential, emptyList(), issuer, challenge) }
        assertCode("INVALID_ARGUMENT") { present(credential, listOf("noSuchClaim")) }
        assertCode("TOO_LARGE") { present(credential, List(1_001) { "isOver18" }) }
        assertCode("CREDENTIAL_REJECTED") { verified(presentation, issuer, Challenge("other", "program-7")) }
    }

    @Test
    fun `a key of the device signs, and its exceptions are thrown unchanged`() {
        val (issuer, device) = SigningKey.generate() to deviceKey()
        val credential = issued(issuer, (device.public as ECPublicKey).toJwk())
        val signer = device.private.toHolderSigner()
        val presentation = present(credential, listOf("isOver18"), signer, challenge)
        assertTrue(verified(presentation, issuer, challenge).isHolderBound)

        val other = deviceKey().private.toHolderSigner()
        assertCode("INVALID_ARGUMENT") { present(credential, emptyList(), other, challenge) }
        assertCode("SIGNER_FAILED") { present(credential, emptyList(), { byteArrayOf(1) }, challenge) }
        val locked = IllegalStateException("the device is locked")
        val thrown =
            assertFailsWith<IllegalStateException> { present(credential, emptyList(), { throw locked }, challenge) }
        assertSame(locked, thrown)
    }

    @Test
    fun `an envelope contains a credential or a document`() {
        val key = HolderPrivateKey.generate()
        assertEquals(key.publicKey, HolderPrivateKey.parse(key.exposeDer()).publicKey)
        val vectors = Vectors.file("crates/air-crypto/tests/vectors/holder-envelope-x25519.json").objects("vectors")
        val document = vectors.first { it.text("plaintext").startsWith("{") }
        val message = document.getAsJsonObject("package")
        val parts = listOf("encryptedData", "iv", "authTag", "dataEncPublicKey").map { message.hex(it) }
        val envelope = HolderEnvelope(parts[0], parts[1], parts[2], parts[3])
        val held = HolderPrivateKey.parse(document.hex("holderPrivatePkcs8")).openCredential(envelope)
        assertEquals(json(document.text("plaintext")), json((held as HeldCredential.Document).json))
        assertCode("ENVELOPE_REJECTED") { key.openCredential(envelope) }
    }

    private fun verified(
        text: String,
        issuer: SigningKey,
        challenge: Challenge? = null,
    ) = verify(text, "https://issuer.example", keySet(issuer.publicJwk), listOf("urn:kyc"), challenge = challenge)

    /** An SD-JWT VC as RFC 9901 defines it, written without the library. */
    private fun issued(
        issuer: SigningKey,
        holder: String,
    ): String {
        val disclosures =
            listOf(
                """["c2FsdDE","givenName","Ada"]""",
                """["c2FsdDI","isOver18",true]""",
                """["c2FsdDM","address",{"city":"Utopia"}]""",
            ).map(::base64Url)
        val digests = disclosures.joinToString { "\"${base64Url(sha256(it))}\"" }
        val header = """{"alg":"ES256","kid":"${issuer.kid}","typ":"dc+sd-jwt"}"""
        val payload =
            """{"iss":"https://issuer.example","vct":"urn:kyc","iat":1700000000,"_sd_alg":"sha-256","_sd":[$digests],"cnf":{"jwk":$holder}}"""
        val signed = "${base64Url(header)}.${base64Url(payload)}"
        val signature = base64Url(issuer.sign(signed.encodeToByteArray()))
        return "$signed.$signature~${disclosures.joinToString("~")}~"
    }

    private fun deviceKey(): KeyPair =
        KeyPairGenerator.getInstance("EC").run {
            initialize(ECGenParameterSpec("secp256r1"))
            generateKeyPair()
        }

    private fun ECPublicKey.toJwk(): String {
        val (x, y) = listOf(w.affineX, w.affineY).map { "%064x".format(it).hexToByteArray() }.map(::base64Url)
        return JsonObject()
            .apply {
                addProperty("kty", "EC")
                addProperty("crv", "P-256")
                addProperty("x", x)
                addProperty("y", y)
            }.toString()
    }
}
