/** A call belongs to the page that holds its key. */
import type { Page } from "@playwright/test";
import { type CreatedSession, endSession, expect, GATEWAY, sessions, test } from "./harness";

interface Told {
  readonly type: string;
  readonly code?: string;
}

/** Opens the call's WebSocket from another tab, and keeps it open; settles with the first message. */
async function heardBy(other: Page, { session_id }: CreatedSession, session_key: string): Promise<Told> {
  const url = `${GATEWAY.replace("http", "ws")}/api/session/${session_id}/ws`;
  return other.evaluate(([address, key]) => new Promise<Told>((settle, refuse) => {
    const socket = new WebSocket(address);
    socket.onopen = () => { socket.send(JSON.stringify({ type: "hello", wire: 1, session_key: key })); };
    socket.onmessage = ({ data }) => { settle(JSON.parse(String(data)) as Told); };
    socket.onerror = () => { refuse(new Error("the WebSocket failed")); };
  }), [url, session_key] as const);
}

test("who knows only the id of a call gets nothing, and the person does not notice", async ({ person, page }) => {
  const other = await page.context().newPage();
  await other.goto("/");
  await page.bringToFront();
  await person.open();
  const created = page.waitForResponse("**/api/session/create");
  await person.start();
  const session = (await (await created).json()) as CreatedSession;
  expect(await heardBy(other, session, "")).toMatchObject({ type: "notice", code: "session_key_required" });
  expect(await heardBy(other, session, session.session_key.slice(1))).toMatchObject({ type: "notice", code: "session_key_wrong" });
  await person.isAnswered("after-the-thief");
  await expect(person.connection).toContainText("Connected");
});

test("a call that another page continues with its key is left to it, and the person reads why", async ({ person, page }) => {
  const other = await page.context().newPage();
  await other.goto("/");
  await page.bringToFront();
  await person.open();
  const created = page.waitForResponse("**/api/session/create");
  await person.start();
  const session = (await (await created).json()) as CreatedSession;
  const before = await sessions();
  expect(await heardBy(other, session, session.session_key)).toMatchObject({ type: "ready", took_over: true });
  await expect(page.getByRole("alert")).toContainText("This conversation continues in another tab or on another device.");
  expect(await sessions()).toEqual(before);
  await endSession(session);
});
