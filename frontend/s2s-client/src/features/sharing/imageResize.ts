/** Pictures made small enough to be shown to the AI. Needs a page. */

export interface Limits {
  /** Of the longer side. */
  readonly mostPx: number;
  readonly mostBytes: number;
}

/** The gateway takes 240 kB; more than 1,024 pixels tell the models nothing new. */
export const PICTURE: Limits = { mostPx: 1_024, mostBytes: 230_000 };
/** One a second: at most half a megabit a second. 768 pixels are what the service asks for. */
export const FRAME: Limits = { mostPx: 768, mostBytes: 60_000 };

const QUALITIES = [0.85, 0.7, 0.5, 0.35];
/** When no quality is small enough, the picture itself gets smaller, so many times. */
const STEPS = 4;
const THUMB_PX = 240;

type Drawn = Exclude<CanvasImageSource, SVGImageElement>;

export interface ResizedImage {
  readonly jpeg: Blob;
  readonly width: number;
  readonly height: number;
}

/** A picture from a file. Throws where the browser cannot read it. */
export async function readPicture(file: Blob): Promise<ImageBitmap> {
  return createImageBitmap(file, { imageOrientation: "from-image" });
}

/** As a JPEG within the limits; null where it cannot be made that small. */
export async function resizeImage(image: Drawn, width: number, height: number, { mostPx, mostBytes }: Limits): Promise<ResizedImage | null> {
  let scale = Math.min(1, mostPx / Math.max(width, height));
  for (let step = 0; step < STEPS; step++, scale *= 0.7) {
    const canvas = draw(image, width * scale, height * scale);
    for (const quality of QUALITIES) {
      const jpeg = await toJpeg(canvas, quality);
      if (jpeg.size <= mostBytes) return { jpeg, width: canvas.width, height: canvas.height };
    }
  }
  return null;
}

/** Small, as an address that needs no file: a few kilobytes. */
export function thumbnail(image: Drawn, width: number, height: number): string {
  const scale = Math.min(1, THUMB_PX / Math.max(width, height));
  return draw(image, width * scale, height * scale).toDataURL("image/jpeg", 0.6);
}

function draw(image: Drawn, width: number, height: number): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(width));
  canvas.height = Math.max(1, Math.round(height));
  const pen = canvas.getContext("2d");
  if (!pen) throw new Error("the browser does not draw");
  // A JPEG has no transparency: what shines through would be black.
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.imageSmoothingQuality = "high";
  pen.drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas;
}

function toJpeg(canvas: HTMLCanvasElement, quality: number): Promise<Blob> {
  return new Promise((resolve, reject) => {
    canvas.toBlob(
      (jpeg) => {
        if (jpeg) resolve(jpeg);
        else reject(new Error("the browser makes no JPEG"));
      },
      "image/jpeg",
      quality,
    );
  });
}
