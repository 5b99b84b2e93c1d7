package air.holder

import java.io.File
import java.util.Locale
import kotlin.random.Random
import kotlin.system.measureNanoTime

private const val ROUNDS = 15
private const val ROUND_NANOS = 100_000_000L

private val context = CakContext("u-1", "did:example:issuer", "s-1")

/** Prints the median time of a call of each kind, after the JVM has compiled it. */
fun main() {
    val key = CakPrivateKey.generate()
    val root = RootSecret.fromSeed(Random.nextBytes(32))
    val small = Random.nextBytes(1 shl 10)
    val large = Random.nextBytes(1 shl 20)
    val (smallSealed, largeSealed) = key.publicKey.seal(context, small) to key.publicKey.seal(context, large)
    val calls =
        listOf<Pair<String, () -> Any>>(
            "the shortest call" to { key.curve },
            "derive a key" to { root.derive(context).use { it.curve } },
            "seal 1 KiB" to { key.publicKey.use { it.seal(context, small) } },
            "open 1 KiB" to { key.open(context, smallSealed) },
            "seal 1 MiB" to { key.publicKey.use { it.seal(context, large) } },
            "open 1 MiB" to { key.open(context, largeSealed) },
        )
    for ((name, call) in calls) println("%-20s %10.1f µs".format(Locale.ROOT, name, median(call)))
    file(key)
}

/** The median of the rounds, in microseconds. The first rounds are not counted. */
private fun median(call: () -> Any): Double {
    val rounds = List(ROUNDS * 2) { round(call) }.drop(ROUNDS).sorted()
    return rounds[ROUNDS / 2]
}

private fun round(call: () -> Any): Double {
    val begun = System.nanoTime()
    var count = 0
    do {
        call()
        count++
    } while (System.nanoTime() - begun < ROUND_NANOS)
    return (System.nanoTime() - begun) / 1e3 / count
}

/** Times and the JVM's heap for a file of 128 MiB. */
private fun file(key: CakPrivateKey) {
    val files = List(3) { File.createTempFile("air-times", null) }
    try {
        val (document, sealed, opened) = files
        document.outputStream().use { output -> repeat(128) { output.write(Random.nextBytes(1 shl 20)) } }
        val seal = measureNanoTime { key.publicKey.use { it.seal(context, document, sealed) } }
        val open = measureNanoTime { key.open(context, sealed, opened) }
        println("%-20s %10.1f ms".format(Locale.ROOT, "seal 128 MiB", seal / 1e6))
        println("%-20s %10.1f ms".format(Locale.ROOT, "open 128 MiB", open / 1e6))
    } finally {
        files.forEach(File::delete)
    }
}
