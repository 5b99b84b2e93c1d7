// `ajv` and `jsonld`: reads one question from stdin and writes one answer to stdout. See
// ../node_peers.rs.
import { readFileSync } from "node:fs";
import Ajv from "ajv";
import Ajv2020 from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import jsonld from "jsonld";

const question = JSON.parse(readFileSync(0, "utf8"));

// Validates each document with its schema.
const verdicts = question.schemas.map(({ draft, schema, documents }) => {
  const ajv = new (draft === "2020-12" ? Ajv2020 : Ajv)({ strict: true, allowUnionTypes: true, validateFormats: true });
  addFormats(ajv);
  ajv.addKeyword("$metadata");
  const validate = ajv.compile(schema);
  return documents.map((document) => validate(document));
});

// Expands credentials with their contexts, without the network. Fails if anything would be dropped.
const expanded = [];
for (const credential of question.credentials) {
  const [only] = await jsonld.expand(credential, {
    safe: true,
    documentLoader: (url) => {
      throw new Error(`${url} would be fetched`);
    },
  });
  expanded.push(only);
}
console.log(JSON.stringify({ verdicts, expanded }));
