import type { components } from "./openapi.js";

type Schemas = components["schemas"];

/** The order to issue on behalf of a user. `credentialId` is the issuance program. */
export type IssueOnBehalf = Omit<Schemas["IssueOnBehalf"], "onDuplicate"> & {
  /**
   * What happens to an earlier credential of the same user and schema: `ignore` returns it, `revoke`
   * revokes it and issues a new one.
   */
  onDuplicate: OnDuplicate;
};
export type OnDuplicate = Schemas["OnDuplicate"];
export type IssuedOnBehalf = Schemas["IssuedOnBehalf"];
export type CredentialStatus = Schemas["CredentialStatus"];
export type CatalogueSchema = Schemas["CatalogueSchema"];
export type CatalogueCredential = Schemas["CatalogueCredential"];
export type CatalogueIssuer = Schemas["CatalogueIssuer"];
export type CatalogueProgram = Schemas["CatalogueProgram"];
export type CredentialDetails = Schemas["CredentialDetails"];
export type SearchResults = Schemas["SearchResults"];
export type IssuerRecord = Schemas["IssuerRecord"];
export type CallbackRecord = Schemas["CallbackRecord"];
/** A page of a list. */
export interface Page<T> {
  /** The page, from 1. */
  current: number;
  /** The number of pages. */
  pages: number;
  /** The number of records on a page. */
  size: number;
  /** The number of all records. */
  total: number;
  records: T[];
}
