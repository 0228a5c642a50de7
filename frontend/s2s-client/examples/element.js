// What a page can do with the element beside looking at it.
const agent = /** @type {import("../s2s-voice-agent.js").S2SVoiceAgentElement} */ (document.querySelector("s2s-voice-agent"));

const gateway = new URLSearchParams(location.search).get("gateway");
if (gateway) agent.gateway = gateway;

agent.addEventListener("s2s-phase", ({ detail }) => {
  const output = document.getElementById("phase");
  if (output) output.textContent = detail.phase;
});
agent.addEventListener("s2s-failed", ({ detail }) => console.warn(detail.code, detail.message));

document.getElementById("stop")?.addEventListener("click", () => agent.interrupt());
