/**
 * Keys of the calls that the person has reported, kept on this device: the service keeps a report for long, and deletes it for
 * whom has the key of its call. Only calls that were reported, so that nothing of the others stays.
 */
import type { CallKey } from "../../services/pageApi";
import { type DBSchema, deleteDB, type IDBPDatabase, openDB } from "idb";

interface Schema extends DBSchema {
  readonly keys: { key: string; value: CallKey };
}

const NAME = "s2s-report-keys";

export class ReportKeys {
  #database: Promise<IDBPDatabase<Schema>> | null = null;

  /** Rejects if the browser has no storage. */
  async add({ session_id, session_key }: CallKey): Promise<void> {
    await (await this.#open()).put("keys", { session_id, session_key });
  }

  async list(): Promise<CallKey[]> {
    return (await this.#open()).getAll("keys");
  }

  /** Deletes the keys and the database. Another tab may hold it open for a while; it is empty then. */
  async destroy(): Promise<void> {
    const database = await this.#open();
    await database.clear("keys");
    database.close();
    this.#database = null;
    await deleteOrLeaveEmpty(NAME);
  }

  #open(): Promise<IDBPDatabase<Schema>> {
    this.#database ??= openDB<Schema>(NAME, 1, {
      upgrade: (database) => {
        database.createObjectStore("keys", { keyPath: "session_id" });
      },
      blocking: (_, __, event) => {
        (event.target as IDBDatabase).close();
        this.#database = null;
      },
    });
    return this.#database;
  }
}

/** Settles when the database is deleted, or when another tab of an older page keeps it open. */
export function deleteOrLeaveEmpty(name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    deleteDB(name, { blocked: () => { resolve(); } }).then(resolve, reject);
  });
}
