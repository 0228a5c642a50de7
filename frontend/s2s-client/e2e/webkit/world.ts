/** What all stories in WebKitGTK share: the built page at a gateway, a sound card, a screen, and the engine's driver. */
/* eslint no-empty-pattern: ["error", { "allowObjectPatternsAsParameters": true }] -- Playwright reads from the pattern what a fixture needs. */
import { expect, test as base } from "@playwright/test";
import { BuiltSite } from "../builtSite";
import { lent } from "../lent";
import { Screen } from "../firefox/screen";
import { SoundCard } from "../firefox/soundCard";
import { WebKit } from "./driver";
import { watchFaults } from "./faults";
import { Person } from "./person";

export { expect } from "@playwright/test";

interface World {
  readonly site: BuiltSite;
  readonly card: SoundCard;
  readonly webkit: WebKit;
}

interface Story {
  /** What the browser is started with. */
  readonly manners: readonly string[];
  /** What the page's console may hold against it. */
  readonly forgives: RegExp | null;
  readonly person: Person;
}

/** Settles when the gateway answers and its engine is loaded, which takes long on a busy machine. */
export async function isReady(gateway: string): Promise<void> {
  const engine = async () => {
    const health = (await (await fetch(`${gateway}/health`)).json()) as { engine?: { state: string } };
    return health.engine?.state;
  };
  await expect.poll(() => engine().catch(() => "away"), { timeout: 100_000 }).toBe("ready");
}

export const test = base.extend<Story, World>({
  site: [
    async ({}, provide) => {
      const site = await BuiltSite.open();
      watchFaults(site.dist);
      await isReady(site.gateway);
      await provide(site);
      site.close();
    },
    { scope: "worker", timeout: 180_000 },
  ],
  card: [lent(() => SoundCard.open()), { scope: "worker" }],
  webkit: [
    async ({ card }, provide) => {
      const screen = await Screen.open();
      const webkit = await WebKit.open(card, screen);
      await provide(webkit);
      webkit.close();
      screen.close();
    },
    { scope: "worker", timeout: 60_000 },
  ],
  manners: [[], { option: true }],
  forgives: [null, { option: true }],
  person: async ({ card, webkit, manners, forgives }, provide, info) => {
    const driver = await webkit.window(manners);
    try {
      await driver.manage().window().setRect({ x: 0, y: 0, width: 1100, height: 850 });
      const person = new Person(driver, card, webkit.downloads);
      card.loudspeaker.forget();
      await provide(person);
      await person.keepsPicture(info.outputPath("end.png"));
      const faults = await person.faults();
      // A window that a driver closes does not leave its page: its conversation would be kept for its return.
      await driver.get("about:blank");
      expect(faults.filter((fault) => !forgives?.test(fault))).toEqual([]);
    } finally {
      await driver.quit();
    }
  },
});
