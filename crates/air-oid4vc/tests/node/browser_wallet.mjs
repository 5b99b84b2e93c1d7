// A wallet that a browser asks by the Digital Credentials API: receives an mdoc, and presents it to the page of an origin.
import { setGlobalConfig } from "@openid4vc/oauth2";
import { DeviceRequest, DocRequest, Holder, IssuerSigned, ItemsRequest, SessionTranscript } from "@owf/mdoc";
import { CompactEncrypt, calculateJwkThumbprint, exportJWK, importJWK } from "jose";
import { context, coseKey } from "./mdoc.mjs";
import { keys, receive } from "./wallet.mjs";

// The platform of the browser's tests is on this machine, without a certificate.
setGlobalConfig({ allowInsecureUrls: true });
const payloadOf = (jwt) => JSON.parse(Buffer.from(jwt.split(".")[1], "base64url").toString());

/** Redeems an offer without transaction code. */
export const receiveMdoc = async (offer) => {
  const { credentials, holders } = await receive({ offer, count: 1 });
  const key = keys.get(await calculateJwkThumbprint(holders[0].publicJwk));
  return { credential: credentials[0].credential, key: coseKey(await exportJWK(key)) };
};

/** Presents what a request object asks for to a page of this origin. */
export const presentTo = async ({ credential, key }, object, origin) => {
  const request = payloadOf(object);
  const query = request.dcql_query.credentials.find(({ format }) => format === "mso_mdoc");
  const [encryptionKey] = request.client_metadata.jwks.keys;
  const thumbprint = Buffer.from(await calculateJwkThumbprint(encryptionKey), "base64url");
  const namespace = query.meta.doctype_value;
  const wanted = Object.fromEntries(query.claims.map(({ path }) => [path[1], true]));
  const itemsRequest = ItemsRequest.create({ docType: namespace, namespaces: { [namespace]: wanted } });
  const response = await Holder.createDeviceResponseForDeviceRequest(
    {
      deviceRequest: DeviceRequest.create({ docRequests: [DocRequest.create({ itemsRequest })] }),
      sessionTranscript: await SessionTranscript.forOid4VpDcApi(
        { origin, nonce: request.nonce, jwkThumbprint: new Uint8Array(thumbprint) },
        context,
      ),
      issuerSigned: [IssuerSigned.fromEncodedForOid4Vci(credential)],
      signature: { signingKey: key },
    },
    context,
  );
  return { [query.id]: [response.encodedForOid4Vp] };
};

/** Encrypts a `vp_token` to the key of a request object: `data` of the credential. */
export const encryptTo = async (object, vpToken) => {
  const [jwk] = payloadOf(object).client_metadata.jwks.keys;
  const plaintext = new TextEncoder().encode(JSON.stringify({ vp_token: vpToken }));
  const header = { alg: "ECDH-ES", enc: "A256GCM", kid: jwk.kid };
  const response = await new CompactEncrypt(plaintext).setProtectedHeader(header).encrypt(await importJWK(jwk, "ECDH-ES"));
  return { response };
};
