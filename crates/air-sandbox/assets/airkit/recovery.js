// Recovery and agent keys: the local platform has neither, and says so.
import { Channel, sessionConfig } from "./channel.js";

/** @type {import("./channel.js").Requests} */
const requests = {
  async air_recovery_logout() {
    return {};
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
  requests,
  opened(answer) {
    channel.tell("air_recovery_initialized", answer);
  },
});
channel.start();
