package air.holder

import org.junit.Test
import java.util.concurrent.Callable
import java.util.concurrent.Executors
import kotlin.test.assertContentEquals
import kotlin.test.assertEquals
import kotlin.test.assertTrue

class PackageTest {
    @Test
    fun `the README lists each code`() {
        val codes = codes("crates/air-ffi/src/error.rs") + codes("packages/air-kotlin/src/main/kotlin/air/holder/AirException.kt")
        assertTrue(codes.size > 20)
        val readme = ROOT.resolve("packages/air-kotlin/README.md").readText()
        val listed = Regex("`([A-Z][A-Z_]{3,})`").findAll(readme.substringAfter("## Errors")).map { it.groupValues[1] }
        assertEquals(codes.sorted(), listed.toSet().sorted())
    }

    @Test
    fun `the version of the crate is that of the workspace`() {
        val version = Regex("""(?m)^version = "(.*)"$""")
        val of = { path: String -> version.find(ROOT.resolve(path).readText())?.groupValues?.get(1) }
        assertEquals(of("Cargo.toml"), of("crates/air-ffi/Cargo.toml"))
    }

    @Test
    fun `a key is used by several threads`() {
        val context = CakContext("u-1", "did:example:issuer", "s-1")
        val key = CakPrivateKey.generate()
        val threads = Executors.newFixedThreadPool(4)
        try {
            val documents = List(32) { ByteArray(10_000) { byte -> (byte + it).toByte() } }
            val opened = documents.map { threads.submit(Callable { key.open(context, key.publicKey.seal(context, it)) }) }
            for ((document, result) in documents.zip(opened)) assertContentEquals(document, result.get())
        } finally {
            threads.shutdown()
        }
    }

    private fun codes(path: String): Set<String> =
        Regex("\"([A-Z][A-Z_]{3,})\"").findAll(ROOT.resolve(path).readText()).map { it.groupValues[1] }.toSet()
}
