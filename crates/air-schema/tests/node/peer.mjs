// `ajv` and `jsonld`: reads one question on stdin, answers once on stdout. See ../node_peers.rs.
import { readFileSync } from "node:fs";
import Ajv from "ajv";
import Ajv2020 from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import jsonld from "jsonld";

const question = JSON.parse(readFileSync(0, "utf8"));

// Each schema of a draft with each of its documents: whether the document fits.
const verdicts = question.schemas.map(({ draft, schema, documents }) => {
  const ajv = new (draft === "2020-12" ? Ajv2020 : Ajv)({ strict: true, allowUnionTypes: true, validateFormats: true });
  addFormats(ajv);
  ajv.addKeyword("$metadata");
  const validate = ajv.compile(schema);
  return documents.map((document) => validate(document));
});

// A credential under its context, and nothing from the network.
const expanded = await jsonld.expand(question.credential, {
  safe: true,
  documentLoader: (url) => {
    throw new Error(`${url} would be fetched`);
  },
});
console.log(JSON.stringify({ verdicts, expanded }));
