export type {
  CallbackRecord,
  CatalogueCredential,
  CatalogueIssuer,
  CatalogueProgram,
  CatalogueSchema,
  CredentialDetails,
  CredentialStatus,
  IssuedOnBehalf,
  IssueOnBehalf,
  IssuerRecord,
  OnDuplicate,
  Page,
  SearchResults,
} from "./api.js";
export {
  CallbackReceiver,
  type CakAvailable,
  type CakReleased,
  type Callback,
  type CallbackEvent,
  type CallbackReceiverOptions,
  type CredentialStatusChanged,
  type RequestHeaders,
} from "./callbacks.js";
export type { Catalogue, Listing, Search } from "./catalogue.js";
export {
  AirClient,
  type AirClientOptions,
  type CallOptions,
  type IssueOptions,
  type WaitOptions,
} from "./client.js";
export type { Environment } from "./environment.js";
export { AirError, type AirErrorCode, type AirErrorFacts } from "./errors.js";
export { newIdempotencyKey } from "./idempotency.js";
export {
  SigningKey,
  type PrivateJwk,
  type PublicJwk,
  type Signer,
  type SigningAlgorithm,
  type SigningKeyOptions,
} from "./key.js";
export { HOSTED_SCHEDULE, LOCAL_SCHEDULE, type PollSchedule } from "./poll.js";
export type { Fetch } from "./transport.js";
