import { open, readFile, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { AirError } from "../errors.js";

/**
 * A lock of a journal: a file `….lock` with the ID of the process. Node has no lock of the system
 * that ends with its process, so the lock of a process that no longer runs is removed.
 */
export class Lock {
  readonly #path: string;

  private constructor(path: string) {
    this.#path = path;
  }

  /** @throws AirError `JOURNAL_IN_USE` */
  static async acquire(journal: string): Promise<Lock> {
    const path = `${journal}.lock`;
    for (const isLast of [false, true]) {
      try {
        const file = await open(path, "wx", 0o600);
        await file.writeFile(owner(process.pid));
        await file.close();
        return new Lock(path);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
        if (isLast || !(await isStale(path))) throw inUse(path);
        await rm(path, { force: true });
      }
    }
    throw inUse(path);
  }

  async release(): Promise<void> {
    await rm(this.#path, { force: true });
  }
}

function owner(pid: number): string {
  return `${pid} ${hostname()}`;
}

/** Whether a process of this machine had the lock and no longer runs. */
async function isStale(path: string): Promise<boolean> {
  const text = await readFile(path, "utf8").catch(() => "");
  const pid = Number(text.split(" ")[0]);
  if (!Number.isSafeInteger(pid) || pid <= 0 || text !== owner(pid)) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}

function inUse(path: string): AirError {
  return new AirError(
    "JOURNAL_IN_USE",
    `another run is writing the journal; if none is, remove ${path}`,
  );
}
