// A conversation without a framework. The gateway serves this page under /app/examples/plain.html.
import { createSession, isOver, textOf } from "../s2s-client.js";

// The page's own origin where the gateway serves it, else one that runs for development; ?gateway= names another.
const served = location.pathname.startsWith("/app/") ? location.origin : "http://localhost:8000";
const gateway = new URLSearchParams(location.search).get("gateway") ?? served;

const session = createSession({ gateway, settings: { language: "en-US" } });

/** @param {string} id */
const find = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
const [start, interrupt, end] = ["start", "interrupt", "end"].map((id) => /** @type {HTMLButtonElement} */ (find(id)));

start?.addEventListener("click", () => session.start());
interrupt?.addEventListener("click", () => session.interrupt());
end?.addEventListener("click", () => session.end());

session.on("phase", ({ phase }) => {
  find("status").textContent = phase;
});
session.on("state", (state) => {
  const over = isOver(state);
  if (start) start.disabled = !over;
  if (end) end.disabled = over;
  if (interrupt) interrupt.disabled = state.status !== "live";
});
session.on("failed", ({ message, hint }) => {
  find("status").textContent = `${message} ${hint}`;
});
session.on("cleared", () => find("lines").replaceChildren());
session.on("line", ({ line, index }) => {
  const list = find("lines");
  const item = list.children[index] ?? list.appendChild(document.createElement("li"));
  if (line.kind === "person") item.textContent = `You: ${line.text}`;
  if (line.kind === "answer") item.textContent = `AI: ${textOf(line)}`;
  if (line.kind === "tool") item.textContent = `${line.name}: ${line.result?.summary ?? "…"}`;
  if (line.kind === "notice") item.textContent = line.text;
});

// Sixty times a second: read, not listened to.
const spectrum = new Uint8Array(256);
const level = /** @type {HTMLMeterElement} */ (find("level"));
const draw = () => {
  session.readVoice(spectrum);
  level.value = Math.max(...spectrum);
  requestAnimationFrame(draw);
};
draw();
