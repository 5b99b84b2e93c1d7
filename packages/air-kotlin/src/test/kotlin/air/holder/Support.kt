package air.holder

import com.google.gson.JsonElement
import com.google.gson.JsonObject
import com.google.gson.JsonParser
import java.io.File
import java.security.MessageDigest
import java.util.Base64
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith

/** The root of the repository. */
val ROOT = File(System.getProperty("air.root"))

/** The files with vectors that packages for other languages run, and those that a test has read. */
object Vectors {
    private val listed: Map<String, String> =
        json(ROOT.resolve("packages/vectors.json").readText())
            .getAsJsonObject("files")
            .entrySet()
            .associate { (path, languages) -> path to languages.asJsonObject["kotlin"].asString }
    private val read = mutableSetOf<String>()

    /** A file or folder of vectors, which the list must have for Kotlin. */
    fun path(path: String): File {
        assertEquals("run", listed[path], path)
        synchronized(read) { read += path }
        return ROOT.resolve(path)
    }

    fun file(path: String): JsonObject = json(path(path).readText())

    /** The files that are listed and that no test has read. */
    fun skipped(): Set<String> = listed.filterValues { it == "run" }.keys - read
}

fun json(text: String): JsonObject = JsonParser.parseString(text).asJsonObject

fun JsonObject.text(name: String): String = this[name].asString

fun JsonObject.objects(name: String): List<JsonObject> = getAsJsonArray(name).map(JsonElement::getAsJsonObject)

/** The bytes of a member in hex, with or without `0x`. */
fun JsonObject.hex(name: String): ByteArray = text(name).removePrefix("0x").hexToByteArray()

fun base64Url(bytes: ByteArray): String = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes)

fun base64Url(text: String): String = base64Url(text.encodeToByteArray())

fun fromBase64Url(text: String): ByteArray = Base64.getUrlDecoder().decode(text)

fun sha256(text: String): ByteArray = MessageDigest.getInstance("SHA-256").digest(text.encodeToByteArray())

/** The error of a call that must fail with a code. */
fun assertCode(
    code: String,
    message: String? = null,
    call: () -> Unit,
): AirException {
    val error = assertFailsWith<AirException>(message) { call() }
    assertEquals(code, error.code, message)
    return error
}
