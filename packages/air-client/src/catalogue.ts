import { unexpected } from "./answer.js";
import type {
  CatalogueProgram,
  CatalogueSchema,
  CredentialDetails,
  Page,
  SearchResults,
} from "./api.js";
import type { CallOptions } from "./client.js";
import { invalid } from "./errors.js";
import type { Transport } from "./transport.js";

/** The code of a successful envelope. */
const SUCCESS = 80_000_000;
/** The maximum number of records in a page. */
const PAGE_LIMIT = 100;

/** The query of a list. */
export interface Listing {
  /** The first page, from 1. */
  page?: number;
  /** Records of a page, at most 100. */
  limit?: number;
  sortBy?: "createdAt" | "name";
  sortOrder?: "ASC" | "DESC";
}

/** The query of a search. */
export interface Search {
  /** Words, at most 200 characters. */
  q: string;
  /** The page, from 1. */
  page?: number;
  /** Items of each group, at most 50. */
  limit?: number;
}

/**
 * The public catalogue of published schemas and programs. It needs no token. Lists are read page by
 * page (`…Page`), or by `for await`, which requests a page when the loop needs it. By default, lists
 * begin with the oldest record, so that records that are published meanwhile shift no others.
 */
export class Catalogue {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Lists the published schemas. */
  schemas(listing: Listing = {}, options: CallOptions = {}): AsyncGenerator<CatalogueSchema> {
    const ask = (page: number) => this.schemasPage({ ...listing, page }, options);
    return records(listing.page ?? 1, ask, (schema) => schema.schemaId);
  }

  /** Fetches a page of the published schemas. */
  schemasPage(listing: Listing = {}, options: CallOptions = {}): Promise<Page<CatalogueSchema>> {
    return this.#page("schemas", listing, options);
  }

  /** Fetches a published schema with the programs that issue it. */
  async schema(schemaId: string, options: CallOptions = {}): Promise<CatalogueSchema> {
    return this.#get(`schemas/${segment(schemaId)}`, {}, options);
  }

  /** Fetches a published issuance program, which the catalogue calls a credential. */
  async credential(programId: string, options: CallOptions = {}): Promise<CredentialDetails> {
    return this.#get(`credentials/${segment(programId)}`, {}, options);
  }

  /** Lists the verification programs. */
  programs(listing: Listing = {}, options: CallOptions = {}): AsyncGenerator<CatalogueProgram> {
    const ask = (page: number) => this.programsPage({ ...listing, page }, options);
    return records(listing.page ?? 1, ask, (program) => program.programId);
  }

  /** Fetches a page of the verification programs. */
  programsPage(listing: Listing = {}, options: CallOptions = {}): Promise<Page<CatalogueProgram>> {
    return this.#page("programs", listing, options);
  }

  /** Fetches a verification program. */
  async program(programId: string, options: CallOptions = {}): Promise<CatalogueProgram> {
    return this.#get(`programs/${segment(programId)}`, {}, options);
  }

  /** Searches credentials, issuers and verification programs. */
  search(search: Search, options: CallOptions = {}): Promise<SearchResults> {
    const { q, page = 1, limit = 10 } = search;
    return this.#get("search", { q, page: String(page), limit: String(limit) }, options);
  }

  async #page<T>(list: string, listing: Listing, options: CallOptions): Promise<Page<T>> {
    const { page = 1, limit = PAGE_LIMIT, sortBy = "createdAt", sortOrder = "ASC" } = listing;
    const query = { page: String(page), limit: String(limit), sortBy, sortOrder };
    const answer = await this.#get<Page<T>>(list, query, options);
    if (Array.isArray(answer.records) && typeof answer.pages === "number") return answer;
    throw unexpected("its page has another form");
  }

  /** Receives an envelope, and returns its content. */
  async #get<T>(path: string, query: Record<string, string>, options: CallOptions): Promise<T> {
    const answer = await this.#transport.receive({
      method: "GET",
      path: `/v1/catalog/${path}`,
      query,
      signal: options.signal,
    });
    const { code, data } = Object(answer) as { code?: unknown; data?: unknown };
    if (code === SUCCESS && typeof data === "object" && data !== null) return data as T;
    throw unexpected("its envelope has another form");
  }
}

/** Lists all records from the page `first`. Skips those that the previous page had, too. */
async function* records<T>(
  first: number,
  ask: (page: number) => Promise<Page<T>>,
  key: (record: T) => string,
): AsyncGenerator<T> {
  let before = new Set<string>();
  for (let number = first; ; number += 1) {
    const page = await ask(number);
    // If a server keeps returning another page, this would loop forever.
    if (page.current !== number) throw unexpected("it is another page than was requested");
    for (const record of page.records) if (!before.has(key(record))) yield record;
    if (page.records.length === 0 || number >= page.pages) return;
    before = new Set(page.records.map(key));
  }
}

/** Returns an ID as a segment of a path. */
function segment(id: string): string {
  if (/^[A-Za-z0-9_.~:-]{1,128}$/.test(id) && !/^\.+$/.test(id)) return encodeURIComponent(id);
  throw invalid("invalid ID: must be 1 to 128 letters, digits, or characters of `_.~:-`");
}
