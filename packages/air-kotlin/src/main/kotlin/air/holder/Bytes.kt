package air.holder

import java.nio.Buffer
import java.nio.ByteBuffer

/** Passes a document to the library, which reads it in place. */
internal inline fun <T> ByteArray.lent(call: (ByteBuffer) -> T): T {
    val memory = ByteBuffer.allocateDirect(size)
    memory.put(this)
    flip(memory)
    return calling { call(memory) }
}

/** Passes a secret to the library and wipes the memory in between. */
internal inline fun <T> ByteArray.lentSecretly(call: (ByteBuffer) -> T): T =
    lent { memory ->
        try {
            call(memory)
        } finally {
            clear(memory)
            while (memory.hasRemaining()) memory.put(0)
        }
    }

/** A text as UTF-8, which is wiped afterwards. The text itself can't be. */
internal inline fun <T> String.lentSecretly(call: (ByteBuffer) -> T): T {
    val bytes = encodeToByteArray()
    try {
        return bytes.lentSecretly(call)
    } finally {
        bytes.fill(0)
    }
}

// Methods of `Buffer`: Android before 13 has none of the same names in `ByteBuffer`.

internal fun flip(memory: Buffer) {
    memory.flip()
}

internal fun clear(memory: Buffer) {
    memory.clear()
}
