/** A key of WebCrypto, as the runtime's types declare it: those of Node, or those of the DOM. */
export type WebCryptoKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>;
