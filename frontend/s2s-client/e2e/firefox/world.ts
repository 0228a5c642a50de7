/** What all stories in Firefox share: the built page at a gateway, a sound card, a screen, and a browser. */
import { expect, test as base } from "@playwright/test";
import type { Browser } from "puppeteer-core";
import { BuiltSite } from "../builtSite";
import { lent } from "../lent";
import { openFirefox, Person } from "./person";
import { Screen } from "./screen";
import { SoundCard } from "./soundCard";

export { expect } from "@playwright/test";

interface World {
  readonly site: BuiltSite;
  readonly card: SoundCard;
  readonly display: Screen;
  readonly firefox: Browser;
}

export const test = base.extend<{ person: Person }, World>({
  site: [lent(() => BuiltSite.open()), { scope: "worker", timeout: 120_000 }],
  card: [lent(() => SoundCard.open()), { scope: "worker" }],
  display: [lent(() => Screen.open()), { scope: "worker" }],
  firefox: [
    async ({ card, display }, provide) => {
      const browser = await openFirefox(card, display);
      await provide(browser);
      await browser.close();
    },
    { scope: "worker", timeout: 60_000 },
  ],
  person: async ({ card, firefox }, provide, info) => {
    const person = await Person.at(firefox, card);
    card.loudspeaker.forget();
    await provide(person);
    await person.page.screenshot({ path: info.outputPath("end.png") });
    await person.leave();
    expect(person.faults).toEqual([]);
  },
});
