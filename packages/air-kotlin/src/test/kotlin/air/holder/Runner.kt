package air.holder

import org.junit.internal.TextListener
import org.junit.runner.JUnitCore
import java.io.File
import kotlin.system.exitProcess

/** Runs all tests in a folder of classes. It fails if they skip a file of vectors that is listed for Kotlin. */
fun main(arguments: Array<String>) {
    val folder = File(arguments.single())
    val tests =
        folder
            .walk()
            .filter { it.name.endsWith("Test.class") }
            .map { Class.forName(it.relativeTo(folder).path.removeSuffix(".class").replace(File.separatorChar, '.')) }
            .toList()
    check(tests.size >= 5) { "only ${tests.size} classes with tests are in $folder" }
    val core = JUnitCore()
    core.addListener(TextListener(System.out))
    val result = core.run(*tests.toTypedArray())
    val skipped = Vectors.skipped()
    if (skipped.isNotEmpty()) println("no test reads these vectors: ${skipped.joinToString()}")
    exitProcess(if (result.wasSuccessful() && result.ignoreCount == 0 && skipped.isEmpty()) 0 else 1)
}
