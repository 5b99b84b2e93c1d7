// Receives callbacks with Express. The raw body is needed, since its bytes were signed: register
// `express.raw` for this route, and before any `express.json`.
import { AirError, type CallbackEvent, type CallbackReceiver } from "air-client";
import express, { type Express } from "express";

/** Returns an app whose route `POST /air` receives callbacks. */
export function createApp(
  receiver: CallbackReceiver,
  handle: (id: string, event: CallbackEvent) => Promise<void>,
): Express {
  const app = express();
  app.post("/air", express.raw({ type: "*/*", limit: "64kb" }), async (request, response) => {
    try {
      const { id, event } = await receiver.verify(request.body as Buffer, request.headers);
      // A callback may arrive more than once: store its ID with your changes.
      await handle(id, event);
      response.sendStatus(204);
    } catch (error) {
      if (!(error instanceof AirError && error.code === "CALLBACK_REJECTED")) throw error;
      response.status(400).json({ error: error.message });
    }
  });
  return app;
}
