import { invalid } from "./errors.js";

/** A platform: `sandbox` and `production` are the hosted ones, `local` is http://127.0.0.1:8300. */
export type Environment = "sandbox" | "production" | "local" | (string & {});

/** The hosted platforms and the default address of the local one. */
const NAMED: Readonly<Record<string, string>> = {
  sandbox: "https://api.sandbox.mocachain.org",
  production: "https://mocachain-mainnet.api.air3.com",
  local: "http://127.0.0.1:8300",
};

/** Returns the base URL of a platform, by its name or by a URL without a path. */
export function baseUrl(environment: Environment): URL {
  const text = Object.hasOwn(NAMED, environment) ? NAMED[environment] : environment;
  const url = typeof text === "string" && URL.canParse(text) ? new URL(text) : undefined;
  const isPlain = url !== undefined
    && ["http:", "https:"].includes(url.protocol)
    && url.pathname === "/"
    && `${url.search}${url.hash}${url.username}${url.password}` === "";
  if (url !== undefined && isPlain) return url;
  throw invalid(
    "invalid platform: must be `sandbox`, `production`, `local`, or an http or https URL without a "
      + "path, such as http://127.0.0.1:8300",
  );
}

/** Whether the platform is on this machine. */
export function isLoopback(url: URL): boolean {
  return url.hostname === "localhost"
    || url.hostname.endsWith(".localhost")
    || url.hostname === "[::1]"
    || /^127(\.[0-9]{1,3}){3}$/.test(url.hostname);
}
