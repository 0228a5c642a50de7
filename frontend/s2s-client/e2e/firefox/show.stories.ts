/** What a person shows the AI in Firefox: pictures, the screen, the camera. */
import type { Person } from "./person";
import { openFirefox, Person as Somebody } from "./person";
import { expect, test } from "./world";

test("a picture that is chosen, one that is pasted and one that is dropped are shown, and then the screen", async ({ person, site }, info) => {
  await person.calls(site.gateway);
  const picture = info.outputPath("picture.png");
  await person.page.screenshot({ path: picture, clip: { x: 0, y: 0, width: 200, height: 150 } });
  await person.press("Share an image, camera or screen");
  await person.offers("An image to share", picture);
  await person.sees("img[alt='The image you chose']");
  await person.press("Send");
  await areShown(person, 1);

  await copiesAPicture(person);
  await (await person.sees("input[name=words]")).click();
  await person.key("Control", "v");
  await person.sees("img[alt='The image you chose']");
  await person.types("What is in this picture?");
  await areShown(person, 2);
  await person.readsInTranscript(/can.t see pictures/);

  await person.page.evaluate(async () => {
    const canvas = new OffscreenCanvas(120, 90);
    canvas.getContext("2d")!.fillRect(20, 20, 60, 40);
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([await canvas.convertToBlob()], "drawn.png", { type: "image/png" }));
    document.querySelector("form.text-form")!.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
  });
  await person.sees("img[alt='The image you chose']");
  await person.press("Send");
  await areShown(person, 3);
  await isSeen(person, "Screen");
});

test("the camera is shown until one stops it", async ({ card, display, site }) => {
  // Firefox's own fakes: a picture in place of a camera, and a tone in place of a microphone, which is muted.
  const firefox = await openFirefox(card, display, { "media.navigator.streams.fake": true });
  try {
    const person = await Somebody.at(firefox, card);
    await person.calls(site.gateway);
    await person.press("Mute");
    await person.press("Share an image, camera or screen");
    await isSeen(person, "Camera");
    expect(person.faults).toEqual([]);
  } finally {
    await firefox.close();
  }
});

async function areShown(person: Person, pictures: number): Promise<void> {
  await expect.poll(() => person.count("[role=log] img[alt='The picture you showed']")).toBe(pictures);
}

async function copiesAPicture(person: Person): Promise<void> {
  await person.page.evaluate(async () => {
    const canvas = new OffscreenCanvas(300, 200);
    const pen = canvas.getContext("2d")!;
    pen.fillStyle = "teal";
    pen.fillRect(40, 40, 200, 100);
    await navigator.clipboard.write([new ClipboardItem({ "image/png": canvas.convertToBlob() })]);
  });
}

/** Three frames of it are taken by the gateway, and the preview moves; then it is let go. */
async function isSeen(person: Person, what: "Camera" | "Screen"): Promise<void> {
  const { page } = person;
  let taken = 0;
  page.on("response", (response) => {
    if (response.url().endsWith(`/image?source=${what.toLowerCase()}`) && response.status() === 204) taken++;
  });
  await person.press(what);
  await person.reads(new RegExp(`Sharing your ${what.toLowerCase()}`));
  await expect.poll(() => taken).toBeGreaterThan(2);
  const preview = await page.evaluateHandle(() => document.querySelector<HTMLVideoElement>(".shared-view video")!.srcObject as MediaStream);
  await person.press("Stop sharing");
  await person.seesNo(".shared-view video");
  expect(await preview.evaluate((stream) => stream.getTracks().map(({ readyState }) => readyState))).toEqual(["ended"]);
}
