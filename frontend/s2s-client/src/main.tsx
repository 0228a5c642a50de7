import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./App";
import "./theme.css";

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);

// It says where a conversation could not even begin: the gateway, which also serves this page, does not answer.
// Browsers refuse one, with an error, where a person had to accept the certificate, as for the address of `make phone`.
const isBareAddress = /^\d+(\.\d+){3}$|^\[/.test(window.location.hostname);
if (import.meta.env.PROD && "serviceWorker" in navigator && !(isBareAddress && window.location.protocol === "https:")) {
  navigator.serviceWorker.register("sw.js").catch((fault: unknown) => {
    console.info("S2S: without a gateway there will be no note that says so.", fault);
  });
}
