// Receives callbacks with Next.js: the file `app/air/route.ts` of an app. A route handler gets the
// request of the web platform, whose raw body is `arrayBuffer()`.
import { AirError, CallbackReceiver, type CallbackEvent } from "air-client";

const secrets = (process.env["AIR_CALLBACK_SECRETS"] ?? "").split(" ");

let receiver: CallbackReceiver | undefined;

/** Receives callbacks. */
export async function POST(request: Request): Promise<Response> {
  // Created by the first request, because a build has no secrets.
  receiver ??= new CallbackReceiver({ secrets });
  try {
    const body = new Uint8Array(await request.arrayBuffer());
    const { id, event } = await receiver.verify(body, request.headers);
    await handle(id, event);
    return new Response(null, { status: 204 });
  } catch (error) {
    if (!(error instanceof AirError && error.code === "CALLBACK_REJECTED")) throw error;
    return Response.json({ error: error.message }, { status: 400 });
  }
}

/** Your changes. A callback may arrive more than once: store its ID with them. */
async function handle(id: string, event: CallbackEvent): Promise<void> {
  console.log(id, event.type);
}
