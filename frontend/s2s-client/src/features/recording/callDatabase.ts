/** Past calls, kept on this device in the browser's database; none of it is sent anywhere. */
import { type DBSchema, type IDBPDatabase, openDB } from "idb";
import { firstWords, type RecordedCall } from "./callRecord";
import { fileParts, parseCall } from "./callFile";
import { deleteOrLeaveEmpty } from "./reportKeys";

/** An entry in the list of calls. */
export interface PastCall {
  readonly id: string;
  readonly startedAt: string;
  readonly durationMs: number;
  readonly firstWords: string;
  readonly bytes: number;
}

interface CallSchema extends DBSchema {
  readonly list: { key: string; value: PastCall };
  /** Each a `.s2s.json` file; its bytes if the browser cannot store files. */
  readonly files: { key: string; value: Blob | ArrayBuffer };
}

const NAME = "s2s-calls";
/** Beyond this number, or when the browser has no more space, the oldest call is deleted. */
export const MAX_CALLS = 100;

export class CallDatabase {
  #database: Promise<IDBPDatabase<CallSchema>> | null = null;
  #takesFiles = true;

  /** Lists the calls, newest first. Rejects if the browser has no storage, as in some private windows. */
  async list(): Promise<PastCall[]> {
    const calls = await (await this.#open()).getAll("list");
    return calls.sort((one, other) => other.startedAt.localeCompare(one.startedAt));
  }

  /** Saves a call. False if there was no space, even without the older ones. */
  async save(call: RecordedCall): Promise<boolean> {
    const file = new Blob([...fileParts(call)], { type: "application/json" });
    const { id, startedAt, durationMs } = call.record;
    const entry = { id, startedAt, durationMs, firstWords: firstWords(call.record), bytes: file.size };
    for (;;) {
      try {
        await this.#put(entry, file);
        await this.#trim();
        return true;
      } catch (fault) {
        if (!(fault instanceof DOMException) || fault.name !== "QuotaExceededError") throw fault;
        if (!(await this.#dropOldest(id))) return false;
      }
    }
  }

  /** Loads a call; null if it is gone. Throws FileFault if it cannot be read. */
  async load(id: string): Promise<RecordedCall | null> {
    const file = await (await this.#open()).get("files", id);
    return file ? parseCall(await new Blob([file]).text()) : null;
  }

  async deleteCall(id: string): Promise<void> {
    const both = (await this.#open()).transaction(["list", "files"], "readwrite");
    await Promise.all([both.objectStore("list").delete(id), both.objectStore("files").delete(id), both.done]);
  }

  async deleteAll(): Promise<void> {
    const both = (await this.#open()).transaction(["list", "files"], "readwrite");
    await Promise.all([both.objectStore("list").clear(), both.objectStore("files").clear(), both.done]);
  }

  /** Deletes all calls and the database. Another tab may hold it open for a while; it is empty then. */
  async destroy(): Promise<void> {
    await this.deleteAll();
    (await this.#open()).close();
    this.#database = null;
    await deleteOrLeaveEmpty(NAME);
  }

  async #put(entry: PastCall, file: Blob): Promise<void> {
    try {
      if (this.#takesFiles) {
        await this.#putAs(entry, file);
        return;
      }
    } catch (fault) {
      // In a private window WebKit (seen in 2.50) refuses a Blob with UnknownError but accepts its bytes.
      if (!(fault instanceof DOMException) || fault.name !== "UnknownError") throw fault;
      this.#takesFiles = false;
    }
    await this.#putAs(entry, await file.arrayBuffer());
  }

  async #putAs(entry: PastCall, file: Blob | ArrayBuffer): Promise<void> {
    const both = (await this.#open()).transaction(["list", "files"], "readwrite");
    await Promise.all([both.objectStore("files").put(file, entry.id), both.objectStore("list").put(entry), both.done]);
  }

  async #trim(): Promise<void> {
    const tooOld = (await this.list()).slice(MAX_CALLS);
    for (const { id } of tooOld) await this.deleteCall(id);
  }

  async #dropOldest(kept: string): Promise<boolean> {
    const oldest = (await this.list()).findLast(({ id }) => id !== kept);
    if (oldest) await this.deleteCall(oldest.id);
    return oldest !== undefined;
  }

  #open(): Promise<IDBPDatabase<CallSchema>> {
    this.#database ??= openDB<CallSchema>(NAME, 1, {
      upgrade: (database) => {
        database.createObjectStore("list", { keyPath: "id" });
        database.createObjectStore("files");
      },
      // Another tab deletes everything.
      blocking: (_, __, event) => {
        (event.target as IDBDatabase).close();
        this.#database = null;
      },
    });
    return this.#database;
  }
}
