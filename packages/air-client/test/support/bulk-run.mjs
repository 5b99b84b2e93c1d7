// A bulk run in a process of its own, which a test kills. Prints a dot for each outcome.
import { text } from "node:stream/consumers";
import { AirClient, SigningKey } from "air-client";
import { bulk, rowsOf } from "air-client/bulk";

const { url, pem, partnerId, revoking, rows, journal } = JSON.parse(await text(process.stdin));
const signingKey = await SigningKey.from(pem);
const client = new AirClient({ environment: url, partnerId, signingKey });
for await (const _ of bulk(client, revoking, rowsOf("killed", rows), { journal, concurrency: 8 })) {
  process.stdout.write(".");
}
