import { Dialog } from "../../components/primitives/Dialog";
import { CopyButton } from "../../components/primitives/CopyButton";
import "./insights.css";

const BY_KEY = "GEMINI_API_KEY=your-key";
const BY_ACCOUNT = ["SERVICE_ACCOUNT_KEY_PATH=service-account-key.json", "GCP_PROJECT_ID=your-project-id", "GCP_REGION=us-central1"].join("\n");

/** From the local engine to Gemini, in a few steps. */
export default function ConnectGemini({ onClose }: { readonly onClose: () => void }) {
  return (
    <Dialog title="Connect Gemini" onClose={onClose}>
      <div className="panel">
        <p>
          You’re talking to the local engine. It’s free, runs on the server itself and sends your voice nowhere else. English only, basic answers. Gemini is
          smarter and multilingual, but sends your voice to Google.
        </p>
        <section aria-label="With an API key">
          <h3>With an API key</h3>
          <ol className="how">
            <li>Create an API key in Google AI Studio.</li>
            <li>
              Add it to <code>backend/.env</code>:
              <Lines text={BY_KEY} />
            </li>
            <li>Restart the server, then start a new conversation.</li>
          </ol>
        </section>
        <section aria-label="Or with Vertex AI">
          <h3>Or with Vertex AI</h3>
          <ol className="how">
            <li>
              Create a service account with the role Vertex AI User and put its key file into <code>backend</code>. See <code>backend/VERTEX_AI_SETUP.md</code>.
            </li>
            <li>
              Add to <code>backend/.env</code>:
              <Lines text={BY_ACCOUNT} />
            </li>
            <li>Restart the server, then start a new conversation.</li>
          </ol>
        </section>
        <p className="hint">
          <code>GEMINI_MODEL</code> picks another model. <code>S2S_UPSTREAM=emulator</code> keeps the local engine even with a key. The connection test says
          which one is in use, and why.
        </p>
      </div>
    </Dialog>
  );
}

function Lines({ text }: { readonly text: string }) {
  return (
    <div className="copy-line">
      <pre>{text}</pre>
      <CopyButton words="Copy" text={() => text} />
    </div>
  );
}
