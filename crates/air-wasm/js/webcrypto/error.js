// The errors of the WebAssembly modules: the same codes and the same messages.

/** @param {string} code @param {string} message */
export function airError(code, message) {
  return Object.assign(new Error(message), { name: "AirError", code });
}

/** An argument has the wrong type. @param {string} name @param {string} needed */
export function invalidArgument(name, needed) {
  return airError("INVALID_ARGUMENT", `\`${name}\` must be ${needed}`);
}

/** @param {string} name @param {number} length @param {number} limit */
export function tooLarge(name, length, limit) {
  return airError("TOO_LARGE", `\`${name}\` has a length of ${length}; at most ${limit} are taken`);
}

/** @param {string} field @param {number} length @param {number} limit */
export function fieldTooLong(field, length, limit) {
  return airError("FIELD_TOO_LONG", `${field} is ${length} bytes long: must be at most ${limit}`);
}

/** @param {string} reason */
export function notAContainer(reason) {
  return airError("NOT_A_CONTAINER", `not a sealed container of version 1: ${reason}`);
}

export function wrongKey() {
  return airError("WRONG_KEY", "this key does not open the container; check key, user, issuer, schema, curve and label");
}

/** @param {number} index counted from 0 */
export function chunkRejected(index) {
  return airError("CHUNK_REJECTED", `chunk ${index} does not authenticate: the container was changed or cut short; get it again`);
}
