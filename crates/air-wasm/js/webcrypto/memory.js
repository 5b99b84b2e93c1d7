// Memory that is given back at once. WebCrypto allocates each result, and a page's garbage collector runs after 100 MiB or more of them.

/** @type {MessagePort | undefined} */
let nowhere;

/**
 * Wipes bytes and frees their memory: what is transferred to a port without another end is dropped. Where that is not supported, the memory
 * is left to the garbage collector.
 * @param {Uint8Array[]} parts each the whole of its buffer
 */
export function release(parts) {
  for (const part of parts) part.fill(0);
  if (parts.length === 0 || typeof MessageChannel === "undefined") return;
  if (!nowhere) {
    const { port1, port2 } = new MessageChannel();
    port2.close();
    nowhere = port1;
  }
  nowhere.postMessage(null, parts.map(({ buffer }) => buffer));
}
