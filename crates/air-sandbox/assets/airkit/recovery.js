// Recovery: the local platform has none, and says so.
import { Channel, Refused, sessionConfig } from "./channel.js";

const requests = {
  async air_recovery_logout() {
    return {};
  },
  /** @param {object} answer */
  opened(answer) {
    channel.tell("air_recovery_initialized", answer);
  },
};

const channel = new Channel({
  started: "air_recovery_service_started",
  initialization: "air_recovery_initialization",
  logout: "air_recovery_logout",
  async open(opening) {
    requests.air_recovery_update_session_config = sessionConfig(opening.sessionConfig);
    return {};
  },
  requests: new Proxy(requests, {
    get: (known, name) =>
      Reflect.get(known, name) ??
      (async () => {
        throw new Refused("RECOVERY_NOT_CONFIGURED", "the local platform can't recover a wallet");
      }),
  }),
});
channel.start();
