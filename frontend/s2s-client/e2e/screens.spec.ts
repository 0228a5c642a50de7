/** A real conversation from the first look to the last: axe finds nothing, the browser has nothing to complain of. */
import type { Page } from "@playwright/test";
import { hasNoBarrier, isWellMade, listen } from "./audit";
import { expect, type Person, test } from "./harness";

test.use({ contextOptions: { reducedMotion: "no-preference" } });

test("a conversation from the first look to the last", async ({ person, page }, testInfo) => {
  const { complaints } = await listen(page);
  const picture = (name: string) => inspect(page, testInfo.outputPath(`${name}.png`));
  await person.open();
  await isWellMade(page);
  await picture("1-idle");

  const offer = holdBack(page, "**/offer");
  await offer.ready;
  await person.button("Start Conversation").click();
  await page.getByText("Setting up audio…").waitFor();
  await picture("2-connecting");
  offer.letGo();

  await page.getByText("Listening", { exact: true }).waitFor();
  await picture("3-listening");
  await talk(person, page, picture);

  await person.button("End Session").click();
  await picture("8-ended");
  expect(complaints).toEqual([]);
});

test("the waiting for the microphone, and its refusal", async ({ person, page }, testInfo) => {
  await person.open();
  await page.evaluate(() => {
    navigator.mediaDevices.getUserMedia = () =>
      new Promise((_, refuse) => {
        window.addEventListener("keydown", () => {
          refuse(new DOMException("", "NotAllowedError"));
        });
      });
  });
  await person.button("Start Conversation").click();
  await page.getByText("Allow microphone access").waitFor();
  await inspect(page, testInfo.outputPath("9-asking.png"));
  await page.keyboard.press("Escape");
  await page.getByRole("alert").waitFor();
  await inspect(page, testInfo.outputPath("10-refused.png"));
});

async function talk(person: Person, page: Page, picture: (name: string) => Promise<void>): Promise<void> {
  await person.say("What's the weather in Paris?");
  await person.hearsVoice();
  await picture("4-speaking");
  await person.hearsSilenceAgain();
  await person.listenAnew();
  await person.say("Tell me a story.");
  await person.hearsVoice();
  await page.waitForFunction(() => window.probe.heardFrames() > 300);
  await person.button("Interrupt AI").click();
  await person.transcript.locator("s").first().waitFor();
  await picture("6-interrupted");
  await person.button("Mute").click();
  await picture("7-muted");
}

/**
 * What the page hands to the browser's own media session, so that it can be called as a headset's button makes the
 * browser call it; the browser itself gets it as well. Nobody can press a real headset's button here. Runs in the page.
 */
function keepHandlers(): void {
  const handlers = (window.headset = {} as Window["headset"]);
  const real = navigator.mediaSession.setActionHandler.bind(navigator.mediaSession);
  navigator.mediaSession.setActionHandler = (action, handler) => {
    real(action, handler);
    handlers[action] = handler as (() => void) | null;
  };
}

declare global {
  interface Window {
    headset: Record<string, (() => void) | null>;
  }
}

/** The browser shows a call that sounds; its button mutes and unmutes, and the other one hangs up. */
async function obeysTheHeadset(person: Person, page: Page): Promise<void> {
  const told = () => page.evaluate(() => [navigator.mediaSession.metadata?.title ?? null, navigator.mediaSession.playbackState]);
  const press = (action: string) => page.evaluate((name) => window.headset[name]?.(), action);
  expect(await told()).toEqual(["Conversation with the AI", "playing"]);
  for (const action of ["togglemicrophone", "pause", "play"]) {
    await press(action);
    await expect(person.button("Muted")).toBeVisible();
    await press(action);
    await expect(person.button("Mute")).toBeVisible();
  }
  await press("hangup");
  await expect(person.button("Start Conversation")).toBeVisible();
  expect(await told()).toEqual([null, "none"]);
  expect(await page.evaluate(() => Object.values(window.headset).filter((handler) => handler !== null))).toEqual([]);
}

test("the page is quiet: no request leaves for another host, a still page draws nothing; a headset's buttons mute and hang up", async ({ person, page }) => {
  await page.addInitScript(keepHandlers);
  const hosts = new Set<string>();
  page.on("request", (request) => hosts.add(new URL(request.url()).hostname));
  await person.open();
  // Who answers is told when the gateway has been asked; the page finds its place then.
  await page.getByText("talk to the local engine").waitFor();
  const drawn = await page.evaluate(async () => {
    for (let frame = 0; frame < 30; frame++) await new Promise(requestAnimationFrame);
    let count = 0;
    // eslint-disable-next-line @typescript-eslint/unbound-method -- applied to its own canvas below
    const clear = CanvasRenderingContext2D.prototype.clearRect;
    CanvasRenderingContext2D.prototype.clearRect = function (...place) {
      count++;
      clear.apply(this, place);
    };
    for (let frame = 0; frame < 30; frame++) await new Promise(requestAnimationFrame);
    return count;
  });
  expect(drawn).toBe(0);
  await person.start();
  await page.emulateMedia({ reducedMotion: "reduce" });
  await expect(page.locator("canvas.wave")).toHaveAttribute("data-form", "listening");
  await obeysTheHeadset(person, page);
  expect([...hosts].filter((host) => host !== "" && host !== "localhost" && host !== "127.0.0.1")).toEqual([]);
});

async function inspect(page: Page, path: string): Promise<void> {
  await page.screenshot({ path });
  await hasNoBarrier(page);
}

/** Keeps a request waiting until it is let go. */
function holdBack(page: Page, url: string) {
  let letGo = (): void => undefined;
  const free = new Promise<void>((resolve) => (letGo = resolve));
  const ready = page.route(url, async (route) => {
    await free;
    await route.continue();
  });
  return { ready, letGo: () => { letGo(); } };
}
