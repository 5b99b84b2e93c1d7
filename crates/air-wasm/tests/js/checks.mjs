// What the tests check with, in Node and in a page.

export function contextOf({ user, issuer, schema, curve }) {
  return { user, issuer, schema, curve };
}

export function bytes(digits) {
  return Uint8Array.from(digits.replace(/^0x/, "").match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
}

export function hex(array) {
  return Array.from(array, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function equal(found, expected) {
  if (found !== expected) throw new Error(`found ${String(found)}, expected ${String(expected)}`);
}

export function differs(found, other) {
  if (found === other) throw new Error(`twice ${String(found)}`);
}

export function same(found, expected) {
  if (!(found instanceof Uint8Array)) throw new Error("no Uint8Array");
  equal(found.length, expected.length);
  const place = found.findIndex((byte, index) => byte !== expected[index]);
  if (place >= 0) throw new Error(`byte ${place} is ${found[place]}, expected ${expected[place]}`);
}

export function throwsAny(work) {
  let threw = false;
  try {
    work();
  } catch {
    threw = true;
  }
  equal(threw, true);
}

/** The error that is thrown, which has this code. */
export function refuses(code, work, what = "it") {
  let thrown;
  try {
    work();
  } catch (error) {
    thrown = error;
  }
  return expected(code, thrown, what);
}

/** As `refuses`, for a promise. */
export async function rejects(code, promise, what = "it") {
  const thrown = await promise.then(() => undefined, (error) => error);
  return expected(code, thrown, what);
}

function expected(code, thrown, what) {
  if (!thrown) throw new Error(`${what} was not refused; expected ${code}`);
  const fits = code instanceof RegExp ? code.test(thrown.code) : thrown.code === code;
  if (!fits) throw new Error(`${what}: found ${thrown.code} (${thrown.message}), expected ${code}`);
  return thrown;
}
