// In Node, the module `core` is read from the package's folder.

import "../core/node.js";

export * from "./index.js";
