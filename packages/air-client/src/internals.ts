import type { Transport } from "./transport.js";

const transports = new WeakMap<object, Transport>();

/** Makes the transport of a client available to the other modules of this package. */
export function share(client: object, transport: Transport): void {
  transports.set(client, transport);
}

/** Returns the transport of a client. */
export function transportOf(client: object): Transport {
  const transport = transports.get(client);
  if (transport === undefined) throw new TypeError("not an AirClient of this package");
  return transport;
}
