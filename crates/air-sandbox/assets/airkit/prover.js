// Predicate proofs in a worker of their own, because a proof takes up to seconds. Only a page that commits or proves loads it, and then the
// module that the platform's operator installed. Experimental: not audited.

const JOBS = ["commit", "prove"];

/** @type {Promise<any> | null} */
let loading = null;

/** @param {{ script: string, binary: string }} files */
async function load({ script, binary }) {
  const module = await import(script);
  await module.default({ module_or_path: binary });
  return module;
}

self.addEventListener("message", async (/** @type {MessageEvent} */ { data: { id, files, job, about } }) => {
  try {
    loading ??= load(files);
    const module = await loading.catch((error) => {
      loading = null;
      throw error;
    });
    if (!JOBS.includes(job)) throw new Error("there is no such job");
    self.postMessage({ id, result: module[job](about) });
  } catch (error) {
    const { code = "INTERNAL", message } = /** @type {any} */ (error);
    self.postMessage({ id, error: { code, message } });
  }
});
