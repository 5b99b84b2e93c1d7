// Receives callbacks with Fastify. The plugin has a parser of its own, which keeps the raw body,
// since its bytes were signed. Other routes keep theirs.
import { AirError, type CallbackEvent, type CallbackReceiver } from "air-client";
import Fastify, { type FastifyInstance } from "fastify";

/** Returns an app whose route `POST /air` receives callbacks. */
export function createApp(
  receiver: CallbackReceiver,
  handle: (id: string, event: CallbackEvent) => Promise<void>,
): FastifyInstance {
  const app = Fastify({ bodyLimit: 64 * 1024 });
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => {
      done(null, body);
    });
    scope.post("/air", async (request, reply) => {
      try {
        const { id, event } = await receiver.verify(request.body as Buffer, request.headers);
        // A callback may arrive more than once: store its ID with your changes.
        await handle(id, event);
        return reply.code(204).send();
      } catch (error) {
        if (!(error instanceof AirError && error.code === "CALLBACK_REJECTED")) throw error;
        return reply.code(400).send({ error: error.message });
      }
    });
  });
  return app;
}
