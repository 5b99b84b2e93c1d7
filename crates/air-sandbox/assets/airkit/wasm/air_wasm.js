/* @ts-self-types="./air_wasm.d.ts" */

/**
 * A key and its context. It stays in the module's memory; `free()` wipes it.
 */
export class Cak {
    static __wrap(ptr) {
        const obj = Object.create(Cak.prototype);
        obj.__wbg_ptr = ptr;
        CakFinalization.register(obj, obj.__wbg_ptr, obj);
        return obj;
    }
    __destroy_into_raw() {
        const ptr = this.__wbg_ptr;
        this.__wbg_ptr = 0;
        CakFinalization.unregister(this);
        return ptr;
    }
    free() {
        const ptr = this.__destroy_into_raw();
        wasm.__wbg_cak_free(ptr, 0);
    }
    /**
     * A copy of the context.
     * @returns {Required<CakContext>}
     */
    get context() {
        const ret = wasm.cak_context(this.__wbg_ptr);
        return ret;
    }
    /**
     * The curve's name.
     * @returns {Curve}
     */
    get curve() {
        let deferred1_0;
        let deferred1_1;
        try {
            const ret = wasm.cak_curve(this.__wbg_ptr);
            deferred1_0 = ret[0];
            deferred1_1 = ret[1];
            return getStringFromWasm0(ret[0], ret[1]);
        } finally {
            wasm.__wbindgen_free(deferred1_0, deferred1_1, 1);
        }
    }
    /**
     * As `exposePrivateKey`, 32 bytes. Unlike a string, the copy can be overwritten with `fill(0)`.
     * @returns {Uint8Array}
     */
    exposePrivateKeyBytes() {
        const ret = wasm.cak_exposePrivateKeyBytes(this.__wbg_ptr);
        return ret;
    }
    /**
     * The private half, 64 hex digits: `cakPrivateKey` in the SDK. It opens every document of this
     * context.
     * @returns {string}
     */
    exposePrivateKey() {
        const ret = wasm.cak_exposePrivateKey(this.__wbg_ptr);
        return ret;
    }
    /**
     * Imports a private key that a verifier received: hex (with or without `0x`), base64url, JWK
     * or PEM.
     *
     * # Errors
     * `NOT_HEX`, `MALFORMED_KEY`, `INVALID_SCALAR`, `CURVE_MISMATCH`, and those of the context.
     * @param {string} privateKey
     * @param {CakContext} context
     * @returns {Cak}
     */
    static fromPrivateKey(privateKey, context) {
        const ret = wasm.cak_fromPrivateKey(privateKey, context);
        if (ret[2]) {
            throw takeFromExternrefTable0(ret[1]);
        }
        return Cak.__wrap(ret[0]);
    }
    /**
     * Opens a container that was sealed to the public half, with the same label.
     *
     * # Errors
     * `NOT_A_CONTAINER`, `WRONG_KEY`, `CHUNK_REJECTED`, `TOO_LARGE` or `INVALID_ARGUMENT`.
     * @param {Uint8Array} sealed
     * @param {string | Uint8Array} [label]
     * @returns {Uint8Array}
     */
    open(sealed, label) {
        const ret = wasm.cak_open(this.__wbg_ptr, sealed, label);
        if (ret[2]) {
            throw takeFromExternrefTable0(ret[1]);
        }
        return takeFromExternrefTable0(ret[0]);
    }
    /**
     * The public half, `0x04…`: `cakPublicKey` in the SDK.
     * @returns {string}
     */
    get publicKey() {
        let deferred1_0;
        let deferred1_1;
        try {
            const ret = wasm.cak_publicKey(this.__wbg_ptr);
            deferred1_0 = ret[0];
            deferred1_1 = ret[1];
            return getStringFromWasm0(ret[0], ret[1]);
        } finally {
            wasm.__wbindgen_free(deferred1_0, deferred1_1, 1);
        }
    }
    /**
     * Seals a document of at most 64 MiB to the public half. The label, a text or bytes, is
     * authenticated but not stored.
     *
     * # Errors
     * `TOO_LARGE`, `FIELD_TOO_LONG`, `INVALID_ARGUMENT` or `NO_RANDOMNESS`.
     * @param {Uint8Array} document
     * @param {string | Uint8Array} [label]
     * @returns {Uint8Array}
     */
    seal(document, label) {
        const ret = wasm.cak_seal(this.__wbg_ptr, document, label);
        if (ret[2]) {
            throw takeFromExternrefTable0(ret[1]);
        }
        return takeFromExternrefTable0(ret[0]);
    }
}
if (Symbol.dispose) Cak.prototype[Symbol.dispose] = Cak.prototype.free;

/**
 * Opens a container piece by piece, in the memory of one chunk. Each chunk is returned after it has
 * authenticated. The document is complete when `open` returned with `isLast`: if it throws, discard
 * what was returned before.
 */
export class Opener {
    __destroy_into_raw() {
        const ptr = this.__wbg_ptr;
        this.__wbg_ptr = 0;
        OpenerFinalization.unregister(this);
        return ptr;
    }
    free() {
        const ptr = this.__destroy_into_raw();
        wasm.__wbg_opener_free(ptr, 0);
    }
    /**
     * Checks the header, the first 115 bytes, against key, context and label.
     *
     * # Errors
     * `NOT_A_CONTAINER`, `WRONG_KEY` or `INVALID_ARGUMENT`.
     * @param {Cak} key
     * @param {Uint8Array} header
     * @param {string | Uint8Array} [label]
     */
    constructor(key, header, label) {
        _assertClass(key, Cak);
        const ret = wasm.opener_new(key.__wbg_ptr, header, label);
        if (ret[2]) {
            throw takeFromExternrefTable0(ret[1]);
        }
        this.__wbg_ptr = ret[0];
        OpenerFinalization.register(this, this.__wbg_ptr, this);
        return this;
    }
    /**
     * Opens the chunks that are complete. `isLast` says that no byte follows this piece.
     *
     * # Errors
     * `CHUNK_REJECTED`, `INVALID_ARGUMENT`, or `TOO_LARGE` for a piece of more than 16 MiB.
     * @param {Uint8Array} piece
     * @param {boolean} isLast
     * @returns {Uint8Array}
     */
    open(piece, isLast) {
        const ret = wasm.opener_open(this.__wbg_ptr, piece, isLast);
        if (ret[2]) {
            throw takeFromExternrefTable0(ret[1]);
        }
        return takeFromExternrefTable0(ret[0]);
    }
}
if (Symbol.dispose) Opener.prototype[Symbol.dispose] = Opener.prototype.free;

/**
 * The secret that all of a user's keys are derived from. It stays in the module's memory; `free()`
 * wipes it.
 */
export class Root {
    static __wrap(ptr) {
        const obj = Object.create(Root.prototype);
        obj.__wbg_ptr = ptr;
        RootFinalization.register(obj, obj.__wbg_ptr, obj);
        return obj;
    }
    __destroy_into_raw() {
        const ptr = this.__wbg_ptr;
        this.__wbg_ptr = 0;
        RootFinalization.unregister(this);
        return ptr;
    }
    free() {
        const ptr = this.__destroy_into_raw();
        wasm.__wbg_root_free(ptr, 0);
    }
    /**
     * Derives the key of a context. It is the same each time, and unrelated to the keys of other
     * contexts.
     *
     * # Errors
     * `INVALID_ARGUMENT`, `FIELD_EMPTY`, `FIELD_TOO_LONG` or `UNKNOWN_CURVE` for the context.
     * @param {CakContext} context
     * @returns {Cak}
     */
    derive(context) {
        const ret = wasm.root_derive(this.__wbg_ptr, context);
        if (ret[2]) {
            throw takeFromExternrefTable0(ret[1]);
        }
        return Cak.__wrap(ret[0]);
    }
    /**
     * A copy of the wallet's private key, 32 bytes; `undefined` for a seed. Encrypt it, and
     * overwrite the copy with `fill(0)`.
     * @returns {Uint8Array | undefined}
     */
    exposeWalletKey() {
        const ret = wasm.root_exposeWalletKey(this.__wbg_ptr);
        return ret;
    }
    /**
     * A seed of 32 to 1,024 uniformly random bytes.
     *
     * # Errors
     * `FIELD_TOO_SHORT` or `FIELD_TOO_LONG`.
     * @param {Uint8Array} seed
     * @returns {Root}
     */
    static fromSeed(seed) {
        const ret = wasm.root_fromSeed(seed);
        if (ret[2]) {
            throw takeFromExternrefTable0(ret[1]);
        }
        return Root.__wrap(ret[0]);
    }
    /**
     * An identity wallet's secp256k1 key, 32 bytes: keys are derived from its EIP-712 signatures.
     * `chainId` is the chain ID of the network. Defaults to 222888, the testnet.
     *
     * # Errors
     * `INVALID_SCALAR`.
     * @param {Uint8Array} privateKey
     * @param {number} [chainId]
     * @returns {Root}
     */
    static fromWallet(privateKey, chainId) {
        const ret = wasm.root_fromWallet(privateKey, chainId);
        if (ret[2]) {
            throw takeFromExternrefTable0(ret[1]);
        }
        return Root.__wrap(ret[0]);
    }
    /**
     * Generates the key of a new wallet with `crypto.getRandomValues`.
     *
     * # Errors
     * `NO_RANDOMNESS`.
     * @param {number} [chainId]
     * @returns {Root}
     */
    static generateWallet(chainId) {
        const ret = wasm.root_generateWallet(chainId);
        if (ret[2]) {
            throw takeFromExternrefTable0(ret[1]);
        }
        return Root.__wrap(ret[0]);
    }
    /**
     * Signs the user's acceptance that an issuer gets the public half of this wallet's CAK: `0x`
     * and `r || s || v` in hex. Ask the user first.
     *
     * # Errors
     * `NOT_A_WALLET` for a seed, and those of the context.
     * @param {CakContext} context
     * @returns {string}
     */
    signAcceptance(context) {
        let deferred2_0;
        let deferred2_1;
        try {
            const ret = wasm.root_signAcceptance(this.__wbg_ptr, context);
            var ptr1 = ret[0];
            var len1 = ret[1];
            if (ret[3]) {
                ptr1 = 0; len1 = 0;
                throw takeFromExternrefTable0(ret[2]);
            }
            deferred2_0 = ptr1;
            deferred2_1 = len1;
            return getStringFromWasm0(ptr1, len1);
        } finally {
            wasm.__wbindgen_free(deferred2_0, deferred2_1, 1);
        }
    }
    /**
     * Signs the envelope of this wallet, and of no other: `0x` and `r || s || v` in hex.
     *
     * # Errors
     * `INVALID_ARGUMENT` for the envelope, `NOT_A_WALLET` for a seed, `FOREIGN_ENVELOPE` for
     * another wallet's.
     * @param {WalletEnvelope} envelope
     * @returns {string}
     */
    signEnvelope(envelope) {
        let deferred2_0;
        let deferred2_1;
        try {
            const ret = wasm.root_signEnvelope(this.__wbg_ptr, envelope);
            var ptr1 = ret[0];
            var len1 = ret[1];
            if (ret[3]) {
                ptr1 = 0; len1 = 0;
                throw takeFromExternrefTable0(ret[2]);
            }
            deferred2_0 = ptr1;
            deferred2_1 = len1;
            return getStringFromWasm0(ptr1, len1);
        } finally {
            wasm.__wbindgen_free(deferred2_0, deferred2_1, 1);
        }
    }
    /**
     * Signs a page's message by EIP-191 (`personal_sign`), at most 64 KiB: `0x` and `r || s || v`
     * in hex. Show it to the user first.
     *
     * # Errors
     * `INVALID_ARGUMENT` or `TOO_LARGE` for the message, `NOT_A_WALLET` for a seed.
     * @param {Uint8Array} message
     * @returns {string}
     */
    signMessage(message) {
        let deferred2_0;
        let deferred2_1;
        try {
            const ret = wasm.root_signMessage(this.__wbg_ptr, message);
            var ptr1 = ret[0];
            var len1 = ret[1];
            if (ret[3]) {
                ptr1 = 0; len1 = 0;
                throw takeFromExternrefTable0(ret[2]);
            }
            deferred2_0 = ptr1;
            deferred2_1 = len1;
            return getStringFromWasm0(ptr1, len1);
        } finally {
            wasm.__wbindgen_free(deferred2_0, deferred2_1, 1);
        }
    }
    /**
     * Signs a page's typed data (`eth_signTypedData_v4`): `0x` and `r || s || v` in hex. Show its
     * rows to the user first.
     *
     * # Errors
     * `NOT_A_WALLET` for a seed.
     * @param {TypedData} typedData
     * @returns {string}
     */
    signTypedData(typedData) {
        let deferred2_0;
        let deferred2_1;
        try {
            _assertClass(typedData, TypedData);
            const ret = wasm.root_signTypedData(this.__wbg_ptr, typedData.__wbg_ptr);
            var ptr1 = ret[0];
            var len1 = ret[1];
            if (ret[3]) {
                ptr1 = 0; len1 = 0;
                throw takeFromExternrefTable0(ret[2]);
            }
            deferred2_0 = ptr1;
            deferred2_1 = len1;
            return getStringFromWasm0(ptr1, len1);
        } finally {
            wasm.__wbindgen_free(deferred2_0, deferred2_1, 1);
        }
    }
    /**
     * The wallet's address, `0x…` with the EIP-55 checksum; `undefined` for a seed.
     * @returns {string | undefined}
     */
    get walletAddress() {
        const ret = wasm.root_walletAddress(this.__wbg_ptr);
        let v1;
        if (ret[0] !== 0) {
            v1 = getStringFromWasm0(ret[0], ret[1]);
            wasm.__wbindgen_free(ret[0], ret[1] * 1, 1);
        }
        return v1;
    }
}
if (Symbol.dispose) Root.prototype[Symbol.dispose] = Root.prototype.free;

/**
 * Seals a document piece by piece, in the memory of one chunk. Concatenate the header and all that
 * `seal` and `finish` return.
 */
export class Sealer {
    __destroy_into_raw() {
        const ptr = this.__wbg_ptr;
        this.__wbg_ptr = 0;
        SealerFinalization.unregister(this);
        return ptr;
    }
    free() {
        const ptr = this.__destroy_into_raw();
        wasm.__wbg_sealer_free(ptr, 0);
    }
    /**
     * Seals the last chunk. Without it, the container does not open.
     *
     * # Errors
     * None that a caller can cause.
     * @returns {Uint8Array}
     */
    finish() {
        const ptr = this.__destroy_into_raw();
        const ret = wasm.sealer_finish(ptr);
        if (ret[2]) {
            throw takeFromExternrefTable0(ret[1]);
        }
        return takeFromExternrefTable0(ret[0]);
    }
    /**
     * Begins a container for a public key, which has the formats of `seal`. `chunkLog2` is the base-2
     * logarithm of the chunk size, 12 to 24. Defaults to 16.
     *
     * # Errors
     * As `seal`, and `INVALID_ARGUMENT` for the chunk size.
     * @param {string} publicKey
     * @param {CakContext} context
     * @param {string | Uint8Array} [label]
     * @param {number} [chunkLog2]
     */
    constructor(publicKey, context, label, chunkLog2) {
        const ret = wasm.sealer_new(publicKey, context, label, chunkLog2);
        if (ret[2]) {
            throw takeFromExternrefTable0(ret[1]);
        }
        this.__wbg_ptr = ret[0];
        SealerFinalization.register(this, this.__wbg_ptr, this);
        return this;
    }
    /**
     * Seals more of the document, and returns the bytes of the container that are complete.
     *
     * # Errors
     * `INVALID_ARGUMENT`, or `TOO_LARGE` for a piece of more than 16 MiB.
     * @param {Uint8Array} piece
     * @returns {Uint8Array}
     */
    seal(piece) {
        const ret = wasm.sealer_seal(this.__wbg_ptr, piece);
        if (ret[2]) {
            throw takeFromExternrefTable0(ret[1]);
        }
        return takeFromExternrefTable0(ret[0]);
    }
}
if (Symbol.dispose) Sealer.prototype[Symbol.dispose] = Sealer.prototype.free;

/**
 * EIP-712 typed data, parsed strictly. The displayed values are the signed ones.
 */
export class TypedData {
    static __wrap(ptr) {
        const obj = Object.create(TypedData.prototype);
        obj.__wbg_ptr = ptr;
        TypedDataFinalization.register(obj, obj.__wbg_ptr, obj);
        return obj;
    }
    __destroy_into_raw() {
        const ptr = this.__wbg_ptr;
        this.__wbg_ptr = 0;
        TypedDataFinalization.unregister(this);
        return ptr;
    }
    free() {
        const ptr = this.__destroy_into_raw();
        wasm.__wbg_typeddata_free(ptr, 0);
    }
    /**
     * The values of the domain, as pairs of place and value. Both are text from the page.
     * @returns {[string, string][]}
     */
    get domain() {
        const ret = wasm.typeddata_domain(this.__wbg_ptr);
        return ret;
    }
    /**
     * The values of the message, as pairs of place and value. Both are text from the page.
     * @returns {[string, string][]}
     */
    get message() {
        const ret = wasm.typeddata_message(this.__wbg_ptr);
        return ret;
    }
    /**
     * Parses the JSON of `eth_signTypedData_v4`, at most 64 KiB.
     *
     * # Errors
     * `TYPED_DATA_RESERVED` for data whose signature would reveal a key of the wallet: a type
     * `ComplianceAccessKey`, or a domain whose name begins with `AIR `. `TYPED_DATA_REJECTED` for
     * a violated rule of EIP-712. `INVALID_ARGUMENT` for anything but a string.
     * @param {string} json
     * @returns {TypedData}
     */
    static parse(json) {
        const ret = wasm.typeddata_parse(json);
        if (ret[2]) {
            throw takeFromExternrefTable0(ret[1]);
        }
        return TypedData.__wrap(ret[0]);
    }
    /**
     * The type of the message.
     * @returns {string}
     */
    get primaryType() {
        let deferred1_0;
        let deferred1_1;
        try {
            const ret = wasm.typeddata_primaryType(this.__wbg_ptr);
            deferred1_0 = ret[0];
            deferred1_1 = ret[1];
            return getStringFromWasm0(ret[0], ret[1]);
        } finally {
            wasm.__wbindgen_free(deferred1_0, deferred1_1, 1);
        }
    }
}
if (Symbol.dispose) TypedData.prototype[Symbol.dispose] = TypedData.prototype.free;

/**
 * Derives the key of a context, as `root.derive(context)` does.
 *
 * # Errors
 * The errors of an invalid context.
 * @param {Root} root
 * @param {CakContext} context
 * @returns {Cak}
 */
export function derive(root, context) {
    _assertClass(root, Root);
    const ret = wasm.derive(root.__wbg_ptr, context);
    if (ret[2]) {
        throw takeFromExternrefTable0(ret[1]);
    }
    return Cak.__wrap(ret[0]);
}

/**
 * Opens a container with a private key: hex (with or without `0x`), base64url, JWK or PEM.
 *
 * # Errors
 * `NOT_A_CONTAINER`, `WRONG_KEY`, `CHUNK_REJECTED`, `TOO_LARGE`, and those of
 * `Cak.fromPrivateKey`.
 * @param {string} privateKey
 * @param {CakContext} context
 * @param {Uint8Array} sealed
 * @param {string | Uint8Array} [label]
 * @returns {Uint8Array}
 */
export function open(privateKey, context, sealed, label) {
    const ret = wasm.open(privateKey, context, sealed, label);
    if (ret[2]) {
        throw takeFromExternrefTable0(ret[1]);
    }
    return takeFromExternrefTable0(ret[0]);
}

/**
 * Reads a public key, which has the formats of `seal`, and returns its uncompressed form: `0x04…`.
 *
 * # Errors
 * `NOT_HEX`, `MALFORMED_KEY`, `INVALID_POINT`, `CURVE_MISMATCH`, `INVALID_ARGUMENT`, and those of the
 * context.
 * @param {string} publicKey
 * @param {CakContext} context
 * @returns {string}
 */
export function readPublicKey(publicKey, context) {
    let deferred2_0;
    let deferred2_1;
    try {
        const ret = wasm.readPublicKey(publicKey, context);
        var ptr1 = ret[0];
        var len1 = ret[1];
        if (ret[3]) {
            ptr1 = 0; len1 = 0;
            throw takeFromExternrefTable0(ret[2]);
        }
        deferred2_0 = ptr1;
        deferred2_1 = len1;
        return getStringFromWasm0(ptr1, len1);
    } finally {
        wasm.__wbindgen_free(deferred2_0, deferred2_1, 1);
    }
}

/**
 * Seals a document of at most 64 MiB to a public key: hex (compressed or not), base64url, JWK,
 * SPKI PEM or `did:key`. The label, a text or bytes, is authenticated but not stored.
 *
 * # Errors
 * `NOT_HEX`, `MALFORMED_KEY`, `INVALID_POINT`, `CURVE_MISMATCH`, `TOO_LARGE`, `FIELD_TOO_LONG`,
 * `INVALID_ARGUMENT`, `NO_RANDOMNESS`, and those of the context.
 * @param {string} publicKey
 * @param {CakContext} context
 * @param {Uint8Array} document
 * @param {string | Uint8Array} [label]
 * @returns {Uint8Array}
 */
export function seal(publicKey, context, document, label) {
    const ret = wasm.seal(publicKey, context, document, label);
    if (ret[2]) {
        throw takeFromExternrefTable0(ret[1]);
    }
    return takeFromExternrefTable0(ret[0]);
}
function __wbg_get_imports() {
    const import0 = {
        __proto__: null,
        __wbg___wbindgen_boolean_get_4f1baf9a00be3c74: function(arg0) {
            const v = arg0;
            const ret = typeof(v) === 'boolean' ? v : undefined;
            return isLikeNone(ret) ? 0xFFFFFF : ret ? 1 : 0;
        },
        __wbg___wbindgen_is_null_c22311b1cc228e3a: function(arg0) {
            const ret = arg0 === null;
            return ret;
        },
        __wbg___wbindgen_is_string_fc456fee5d3317de: function(arg0) {
            const ret = typeof(arg0) === 'string';
            return ret;
        },
        __wbg___wbindgen_is_undefined_be5b34249ff1fc15: function(arg0) {
            const ret = arg0 === undefined;
            return ret;
        },
        __wbg___wbindgen_number_get_934b640d0889af78: function(arg0, arg1) {
            const obj = arg1;
            const ret = typeof(obj) === 'number' ? obj : undefined;
            getDataViewMemory0().setFloat64((arg0 >>> 0) + 8 * 1, isLikeNone(ret) ? 0 : ret, true);
            getDataViewMemory0().setInt32((arg0 >>> 0) + 4 * 0, !isLikeNone(ret), true);
        },
        __wbg___wbindgen_string_get_7ce8eee7fd327545: function(arg0, arg1) {
            const obj = arg1;
            const ret = typeof(obj) === 'string' ? obj : undefined;
            var ptr1 = isLikeNone(ret) ? 0 : passStringToWasm0(ret, wasm.__wbindgen_malloc, wasm.__wbindgen_realloc);
            var len1 = WASM_VECTOR_LEN;
            getDataViewMemory0().setInt32((arg0 >>> 0) + 4 * 1, len1, true);
            getDataViewMemory0().setInt32((arg0 >>> 0) + 4 * 0, ptr1, true);
        },
        __wbg___wbindgen_throw_4c88d8bf264fd984: function(arg0, arg1) {
            throw new Error(getStringFromWasm0(arg0, arg1));
        },
        __wbg_byteLength_c5f3c188d5252e5b: function(arg0) {
            const ret = arg0.byteLength;
            return ret;
        },
        __wbg_getRandomValues_8b6f1f663e6f188d: function() { return handleError(function (arg0, arg1) {
            globalThis.crypto.getRandomValues(getArrayU8FromWasm0(arg0, arg1));
        }, arguments); },
        __wbg_get_2080c49015e35254: function() { return handleError(function (arg0, arg1) {
            const ret = Reflect.get(arg0, arg1);
            return ret;
        }, arguments); },
        __wbg_get_unchecked_e6325ad374eff861: function(arg0, arg1) {
            const ret = arg0[arg1 >>> 0];
            return ret;
        },
        __wbg_instanceof_Object_97e16a01fd368661: function(arg0) {
            let result;
            try {
                result = arg0 instanceof Object;
            } catch (_) {
                result = false;
            }
            const ret = result;
            return ret;
        },
        __wbg_instanceof_Uint8Array_d7aeb0dcb3108fea: function(arg0) {
            let result;
            try {
                result = arg0 instanceof Uint8Array;
            } catch (_) {
                result = false;
            }
            const ret = result;
            return ret;
        },
        __wbg_keys_105f5c0857898f84: function(arg0) {
            const ret = Object.keys(arg0);
            return ret;
        },
        __wbg_length_186163212ffe79c3: function(arg0) {
            const ret = arg0.length;
            return ret;
        },
        __wbg_length_b03a0fabb109b1e9: function(arg0) {
            const ret = arg0.length;
            return ret;
        },
        __wbg_length_e83e819f48c774e4: function(arg0) {
            const ret = arg0.length;
            return ret;
        },
        __wbg_new_37eb45aaf5eeb820: function() {
            const ret = new Array();
            return ret;
        },
        __wbg_new_787b9fb330d55d78: function(arg0, arg1) {
            const ret = new Error(getStringFromWasm0(arg0, arg1));
            return ret;
        },
        __wbg_new_cd4348290afae586: function() {
            const ret = new Object();
            return ret;
        },
        __wbg_new_from_slice_b8daf545a41c6aa0: function(arg0, arg1) {
            const ret = new Uint8Array(getArrayU8FromWasm0(arg0, arg1));
            return ret;
        },
        __wbg_of_e7ea0fcd535c1444: function(arg0, arg1) {
            const ret = Array.of(arg0, arg1);
            return ret;
        },
        __wbg_prototypesetcall_13162965d1fe7aa3: function(arg0, arg1, arg2) {
            Uint8Array.prototype.set.call(getArrayU8FromWasm0(arg0, arg1), arg2);
        },
        __wbg_push_c9f4893fc209f768: function(arg0, arg1) {
            const ret = arg0.push(arg1);
            return ret;
        },
        __wbg_set_2793479888329cb6: function() { return handleError(function (arg0, arg1, arg2) {
            const ret = Reflect.set(arg0, arg1, arg2);
            return ret;
        }, arguments); },
        __wbg_set_name_822e3903f3184979: function(arg0, arg1, arg2) {
            arg0.name = getStringFromWasm0(arg1, arg2);
        },
        __wbindgen_generic_0000000000000001: function(arg0, arg1) {
            // Cast intrinsic for `Ref(String) -> Externref`.
            const ret = getStringFromWasm0(arg0, arg1);
            return ret;
        },
        __wbindgen_init_externref_table: function() {
            const table = wasm.__wbindgen_externrefs;
            table.set(0, undefined);
            table.set(1024, undefined);
            table.set(1025, null);
            table.set(1026, true);
            table.set(1027, false);
        },
    };
    return {
        __proto__: null,
        "./air_wasm_bg.js": import0,
    };
}

const CakFinalization = (typeof FinalizationRegistry === 'undefined')
    ? { register: () => {}, unregister: () => {} }
    : new FinalizationRegistry(ptr => wasm.__wbg_cak_free(ptr, 1));
const OpenerFinalization = (typeof FinalizationRegistry === 'undefined')
    ? { register: () => {}, unregister: () => {} }
    : new FinalizationRegistry(ptr => wasm.__wbg_opener_free(ptr, 1));
const RootFinalization = (typeof FinalizationRegistry === 'undefined')
    ? { register: () => {}, unregister: () => {} }
    : new FinalizationRegistry(ptr => wasm.__wbg_root_free(ptr, 1));
const SealerFinalization = (typeof FinalizationRegistry === 'undefined')
    ? { register: () => {}, unregister: () => {} }
    : new FinalizationRegistry(ptr => wasm.__wbg_sealer_free(ptr, 1));
const TypedDataFinalization = (typeof FinalizationRegistry === 'undefined')
    ? { register: () => {}, unregister: () => {} }
    : new FinalizationRegistry(ptr => wasm.__wbg_typeddata_free(ptr, 1));

function addToExternrefTable0(obj) {
    const idx = wasm.__externref_table_alloc();
    wasm.__wbindgen_externrefs.set(idx, obj);
    return idx;
}

function _assertClass(instance, klass) {
    if (!(instance instanceof klass)) {
        throw new Error(`expected instance of ${klass.name}`);
    }
}

function getArrayU8FromWasm0(ptr, len) {
    ptr = ptr >>> 0;
    return getUint8ArrayMemory0().subarray(ptr / 1, ptr / 1 + len);
}

let cachedDataViewMemory0 = null;
function getDataViewMemory0() {
    if (cachedDataViewMemory0 === null || cachedDataViewMemory0.buffer.detached === true || (cachedDataViewMemory0.buffer.detached === undefined && cachedDataViewMemory0.buffer !== wasm.memory.buffer)) {
        cachedDataViewMemory0 = new DataView(wasm.memory.buffer);
    }
    return cachedDataViewMemory0;
}

function getStringFromWasm0(ptr, len) {
    ptr = ptr >>> 0;
    return decodeText(getUint8ArrayMemory0().subarray(ptr, ptr + len));
}

let cachedUint8ArrayMemory0 = null;
function getUint8ArrayMemory0() {
    if (cachedUint8ArrayMemory0 === null || cachedUint8ArrayMemory0.byteLength === 0) {
        cachedUint8ArrayMemory0 = new Uint8Array(wasm.memory.buffer);
    }
    return cachedUint8ArrayMemory0;
}

function handleError(f, args) {
    try {
        return f.apply(this, args);
    } catch (e) {
        const idx = addToExternrefTable0(e);
        wasm.__wbindgen_exn_store(idx);
    }
}

function isLikeNone(x) {
    return x === undefined || x === null;
}

function passStringToWasm0(arg, malloc, realloc) {
    if (realloc === undefined) {
        const buf = cachedTextEncoder.encode(arg);
        const ptr = malloc(buf.length, 1) >>> 0;
        getUint8ArrayMemory0().subarray(ptr, ptr + buf.length).set(buf);
        WASM_VECTOR_LEN = buf.length;
        return ptr;
    }

    let len = arg.length;
    let ptr = malloc(len, 1) >>> 0;

    const mem = getUint8ArrayMemory0();

    let offset = 0;

    for (; offset < len; offset++) {
        const code = arg.charCodeAt(offset);
        if (code > 0x7F) break;
        mem[ptr + offset] = code;
    }
    if (offset !== len) {
        if (offset !== 0) {
            arg = arg.slice(offset);
        }
        ptr = realloc(ptr, len, len = offset + arg.length * 3, 1) >>> 0;
        const view = getUint8ArrayMemory0().subarray(ptr + offset, ptr + len);
        const ret = cachedTextEncoder.encodeInto(arg, view);

        offset += ret.written;
        ptr = realloc(ptr, len, offset, 1) >>> 0;
    }

    WASM_VECTOR_LEN = offset;
    return ptr;
}

function takeFromExternrefTable0(idx) {
    const value = wasm.__wbindgen_externrefs.get(idx);
    wasm.__externref_table_dealloc(idx);
    return value;
}

let cachedTextDecoder = new TextDecoder('utf-8', { ignoreBOM: true });
cachedTextDecoder.decode();
const MAX_SAFARI_DECODE_BYTES = 2146435072;
let numBytesDecoded = 0;
function decodeText(bytes) {
    numBytesDecoded += bytes.length;
    if (numBytesDecoded >= MAX_SAFARI_DECODE_BYTES) {
        cachedTextDecoder = new TextDecoder('utf-8', { ignoreBOM: true });
        cachedTextDecoder.decode();
        numBytesDecoded = bytes.length;
    }
    return cachedTextDecoder.decode(bytes);
}

const cachedTextEncoder = new TextEncoder();

if (!('encodeInto' in cachedTextEncoder)) {
    cachedTextEncoder.encodeInto = function (arg, view) {
        const buf = cachedTextEncoder.encode(arg);
        view.set(buf);
        return {
            read: arg.length,
            written: buf.length
        };
    };
}

let WASM_VECTOR_LEN = 0;

let wasmModule, wasmInstance, wasm;
function __wbg_finalize_init(instance, module) {
    wasmInstance = instance;
    wasm = instance.exports;
    wasmModule = module;
    cachedDataViewMemory0 = null;
    cachedUint8ArrayMemory0 = null;
    wasm.__wbindgen_start();
    return wasm;
}

async function __wbg_load(module, imports) {
    if (typeof Response === 'function' && module instanceof Response) {
        if (!module.ok) {
            throw new Error(`failed to fetch Wasm: ${module.status} ${module.statusText} fetching '${module.url}'`);
        }

        if (typeof WebAssembly.instantiateStreaming === 'function') {
            try {
                return await WebAssembly.instantiateStreaming(module, imports);
            } catch (e) {
                const validResponse = expectedResponseType(module.type);

                if (validResponse && module.headers.get('Content-Type') !== 'application/wasm') {
                    console.warn("`WebAssembly.instantiateStreaming` failed because your server does not serve Wasm with `application/wasm` MIME type. Falling back to `WebAssembly.instantiate` which is slower. Original error:\n", e);

                } else { throw e; }
            }
        }

        const bytes = await module.arrayBuffer();
        return await WebAssembly.instantiate(bytes, imports);
    } else {
        const instance = await WebAssembly.instantiate(module, imports);

        if (instance instanceof WebAssembly.Instance) {
            return { instance, module };
        } else {
            return instance;
        }
    }

    function expectedResponseType(type) {
        switch (type) {
            case 'basic': case 'cors': case 'default': return true;
        }
        return false;
    }
}

function initSync(module) {
    if (wasm !== undefined) return wasm;


    if (module !== undefined) {
        if (Object.getPrototypeOf(module) === Object.prototype) {
            ({module} = module)
        } else {
            console.warn('using deprecated parameters for `initSync()`; pass a single object instead')
        }
    }

    const imports = __wbg_get_imports();
    if (!(module instanceof WebAssembly.Module)) {
        module = new WebAssembly.Module(module);
    }
    const instance = new WebAssembly.Instance(module, imports);
    return __wbg_finalize_init(instance, module);
}

let __wbg_init_promise;
async function __wbg_init(module_or_path) {
    if (wasm !== undefined) return wasm;
    if (__wbg_init_promise === undefined) {
        __wbg_init_promise = __wbg_init_once(module_or_path);
        __wbg_init_promise.catch(() => { __wbg_init_promise = undefined; });
    }
    return __wbg_init_promise;
}

async function __wbg_init_once(module_or_path) {

    if (module_or_path !== undefined) {
        if (Object.getPrototypeOf(module_or_path) === Object.prototype) {
            ({module_or_path} = module_or_path)
        } else {
            console.warn('using deprecated parameters for the initialization function; pass a single object instead')
        }
    }

    if (module_or_path === undefined) {
        module_or_path = new URL('air_wasm_bg.wasm', import.meta.url);
    }
    const imports = __wbg_get_imports();

    if (typeof module_or_path === 'string' || (typeof Request === 'function' && module_or_path instanceof Request) || (typeof URL === 'function' && module_or_path instanceof URL)) {
        module_or_path = fetch(module_or_path);
    }

    const { instance, module } = await __wbg_load(await module_or_path, imports);

    return __wbg_finalize_init(instance, module);
}

export { initSync, __wbg_init as default };
