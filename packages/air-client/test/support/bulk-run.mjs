// A bulk run that kills its process after some rows, while it waits for the responses of others.
import { text } from "node:stream/consumers";
import { AirClient, SigningKey } from "air-client";
import { bulk, rowsOf } from "air-client/bulk";

const { url, pem, partnerId, revoking, rows, journal } = JSON.parse(await text(process.stdin));
const signingKey = await SigningKey.from(pem);
const client = new AirClient({ environment: url, partnerId, signingKey });
let outcomes = 0;
for await (const _ of bulk(client, revoking, rowsOf("killed", rows), { journal, concurrency: 8 })) {
  outcomes += 1;
  if (outcomes === 20) process.kill(process.pid, "SIGKILL");
}
