package air.holder

import air.holder.ffi.Opener
import air.holder.ffi.Sealer
import air.holder.ffi.containerHeaderLength
import java.io.File
import java.io.InputStream
import java.io.OutputStream
import java.nio.ByteBuffer
import java.nio.file.Files
import java.nio.file.StandardCopyOption

private const val PIECE_LENGTH = 256 * 1024

internal fun sealStream(
    key: CakPublicKey,
    context: SealingContext,
    source: InputStream,
    target: OutputStream,
    label: ByteArray,
    chunkLog2: Int,
): Long {
    require(chunkLog2 in 0..UByte.MAX_VALUE.toInt()) { "`chunkLog2` must be 12 to 24" }
    val sealer = label.lent { Sealer(key.inner, context.lowered(), it, chunkLog2.toUByte()) }
    return sealer.use {
        val length = source.forEachPiece { piece -> target.write(calling { sealer.seal(piece) }) }
        target.write(calling { sealer.finish() })
        target.flush()
        length
    }
}

internal fun openStream(
    key: CakPrivateKey,
    context: SealingContext,
    source: InputStream,
    target: OutputStream,
    label: ByteArray,
): Long {
    val header = source.readUpTo(containerHeaderLength().toInt())
    val opener = label.lent { lent -> header.lent { Opener(key.inner, context.lowered(), lent, it) } }
    return opener.use {
        var length = 0L
        val write = { document: ByteArray ->
            target.write(document)
            length += document.size
            document.fill(0)
        }
        source.forEachPiece { piece -> write(calling { opener.open(piece, false) }) }
        write(calling { opener.open(ByteBuffer.allocateDirect(0), true) })
        target.flush()
        length
    }
}

/** Passes the stream in pieces, and returns its length. The memory of a piece is reused. */
private inline fun InputStream.forEachPiece(work: (ByteBuffer) -> Unit): Long {
    val bytes = ByteArray(PIECE_LENGTH)
    val piece = ByteBuffer.allocateDirect(PIECE_LENGTH)
    var length = 0L
    while (true) {
        val read = read(bytes)
        if (read < 0) break
        clear(piece)
        piece.put(bytes, 0, read)
        flip(piece)
        work(piece)
        length += read
    }
    return length
}

/** Reads the given number of bytes, or fewer at the end of the stream. */
private fun InputStream.readUpTo(length: Int): ByteArray {
    val bytes = ByteArray(length)
    var filled = 0
    while (filled < length) {
        val read = read(bytes, filled, length - filled)
        if (read < 0) break
        filled += read
    }
    return bytes.copyOf(filled)
}

/** Writes a file beside the target, and renames it when the work is done. */
internal inline fun writingWhole(
    target: File,
    work: (OutputStream) -> Long,
): Long {
    val path = target.absoluteFile.toPath()
    val draft = Files.createTempFile(path.parent, ".air-", ".part")
    try {
        val length = Files.newOutputStream(draft).use(work)
        Files.move(draft, path, StandardCopyOption.ATOMIC_MOVE)
        return length
    } finally {
        Files.deleteIfExists(draft)
    }
}
