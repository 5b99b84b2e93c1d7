package air.holder

import air.holder.ffi.RootSecret as FfiRootSecret

/** The testnet on which identity wallets sign. */
public const val TESTNET_CHAIN_ID: Long = 222_888

/**
 * The secret that all of a user's keys are derived from. It stays in the library's memory, and `close`
 * wipes it.
 */
public class RootSecret private constructor(
    private val inner: FfiRootSecret,
) : AutoCloseable {
    /**
     * Derives the key of a context. It is the same each time, and unrelated to the keys of other
     * contexts.
     */
    @Throws(AirException::class)
    public fun derive(context: CakContext): CakPrivateKey = CakPrivateKey(calling { inner.derive(context.lowered()) })

    override fun close(): Unit = inner.close()

    public companion object {
        /** Uses a seed of 32 to 1,024 uniformly random bytes. */
        @Throws(AirException::class)
        public fun fromSeed(seed: ByteArray): RootSecret = RootSecret(seed.lentSecretly { FfiRootSecret.fromSeed(it) })

        /**
         * Uses an identity wallet's secp256k1 key, 32 bytes. Keys are derived from its EIP-712 signatures.
         */
        @Throws(AirException::class)
        public fun fromWallet(
            privateKey: ByteArray,
            chainId: Long = TESTNET_CHAIN_ID,
        ): RootSecret {
            require(chainId >= 0) { "`chainId` must not be negative" }
            return RootSecret(privateKey.lentSecretly { FfiRootSecret.fromWallet(it, chainId.toULong()) })
        }
    }
}
