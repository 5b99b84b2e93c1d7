// The WebAssembly module `core`, for all that WebCrypto can't do: secp256k1, compressed points, and the public half of a private key.

/** @type {Promise<typeof import("../core/air_wasm.js")> | undefined} */
let loading;

/** Loads the module when it is needed first. */
export function core() {
  loading ??= load().catch((error) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

async function load() {
  const module = await import("../core/air_wasm.js");
  await module.default();
  return module;
}

/** Whether this page has WebCrypto. Pages over plain http have not, except on this machine. */
export function hasWebCrypto() {
  return globalThis.crypto?.subtle !== undefined;
}
