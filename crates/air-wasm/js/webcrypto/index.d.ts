import type { Cak, CakContext } from "../core/air_wasm.js";

/** How far a stream is. */
export interface Progress {
  /** The number of bytes of the source that were sealed or opened. */
  loaded: number;
  /** The length of the source; left out for a `ReadableStream`. */
  total?: number;
}

/** Options of a stream that opens. */
export interface StreamOptions {
  /** The label that the container was sealed with: a text, or its bytes. Defaults to the empty label. */
  label?: string | Uint8Array;
  /** Ends the stream: reading it then fails with the signal's reason. */
  signal?: AbortSignal;
  /** Called after each batch of about 1 MiB. */
  onProgress?: (progress: Progress) => void;
}

/** Options of a stream that seals. */
export interface SealStreamOptions extends StreamOptions {
  /** The base-2 logarithm of the chunk size, 12 to 24. Defaults to 16, chunks of 64 KiB. */
  chunkLog2?: number;
}

/**
 * The public half of a key, and its context: it seals. With WebCrypto on secp256r1, with the module `core` on secp256k1 and in pages
 * without WebCrypto. Errors are those of `air-wasm/core`.
 */
export class CakPublicKey {
  private constructor();
  /** Reads a key in the forms of `seal` of `air-wasm/core`. Forms other than uncompressed hex load the module `core`. */
  static import(publicKey: string, context: CakContext): Promise<CakPublicKey>;
  /** The uncompressed form: `0x04…`. */
  get publicKey(): string;
  /** A copy of the context. */
  get context(): Required<CakContext>;
  /** Seals a document of at most 64 MiB. Leave it unchanged until the result is there. */
  seal(document: Uint8Array, label?: string | Uint8Array): Promise<Uint8Array<ArrayBuffer>>;
  /** Seals a document of any length, in the memory of a few batches of 1 MiB. */
  sealStream(source: Blob | ReadableStream<Uint8Array>, options?: SealStreamOptions): ReadableStream<Uint8Array<ArrayBuffer>>;
}

/** The private half of a key, and its context: it opens. */
export class CakPrivateKey {
  private constructor();
  /**
   * Reads a key in the forms of `Cak.fromPrivateKey` of `air-wasm/core`, and loads that module, which computes the public half. On
   * secp256r1, the key is then a `CryptoKey` that can't be extracted.
   */
  static import(privateKey: string, context: CakContext): Promise<CakPrivateKey>;
  /** Takes a copy of a key that `air-wasm/core` derived. Free `cak` when you no longer need it. */
  static fromCak(cak: Cak): Promise<CakPrivateKey>;
  /** Takes a `CryptoKey` of ECDH on P-256, such as one that was kept in IndexedDB, and its public half. */
  static fromCryptoKey(key: CryptoKey, publicKey: string, context: CakContext): Promise<CakPrivateKey>;
  /** The public half: `0x04…`. */
  get publicKey(): string;
  /** A copy of the context. */
  get context(): Required<CakContext>;
  /** The key to keep in IndexedDB, which can't be extracted; `undefined` for a key in WebAssembly. */
  get cryptoKey(): CryptoKey | undefined;
  /** Opens a container of at most 65 MiB. Nothing is returned before all of its chunks have authenticated. */
  open(sealed: Uint8Array, label?: string | Uint8Array): Promise<Uint8Array<ArrayBuffer>>;
  /**
   * Opens a container of any length, in the memory of a few batches of 1 MiB. Bytes are passed on after their chunks have authenticated.
   * The document is complete only when the stream closes: if it fails, discard what was read before.
   */
  openStream(source: Blob | ReadableStream<Uint8Array>, options?: StreamOptions): ReadableStream<Uint8Array<ArrayBuffer>>;
  /** Drops the key, and wipes it where it is in WebAssembly. */
  free(): void;
  [Symbol.dispose](): void;
}

/** As `seal` of `air-wasm/core`, with WebCrypto. */
export function seal(publicKey: string, context: CakContext, document: Uint8Array, label?: string | Uint8Array): Promise<Uint8Array<ArrayBuffer>>;

/** As `open` of `air-wasm/core`, with WebCrypto. Import a key that opens several containers once. */
export function open(privateKey: string, context: CakContext, sealed: Uint8Array, label?: string | Uint8Array): Promise<Uint8Array<ArrayBuffer>>;
