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
          You speak with the local engine: it runs on the machine of the gateway, is free, and sends your voice to nobody. It hears and answers in simple English.
          Gemini knows more, in many languages; your voice then goes to Google.
        </p>
        <section aria-label="With an API key">
          <h3>With an API key</h3>
          <ol className="how">
            <li>Make a key in Google AI Studio.</li>
            <li>
              Write it into the file <code>backend/.env</code>:
              <Lines text={BY_KEY} />
            </li>
            <li>Start the gateway again, and start a new conversation.</li>
          </ol>
        </section>
        <section aria-label="Or with Vertex AI">
          <h3>Or with Vertex AI</h3>
          <ol className="how">
            <li>
              Make a service account with the role Vertex AI User and put its key file into <code>backend</code>; <code>backend/VERTEX_AI_SETUP.md</code> says how.
            </li>
            <li>
              Write into the file <code>backend/.env</code>:
              <Lines text={BY_ACCOUNT} />
            </li>
            <li>Start the gateway again, and start a new conversation.</li>
          </ol>
        </section>
        <p className="hint">
          <code>GEMINI_MODEL</code> chooses another model. <code>S2S_UPSTREAM=emulator</code> keeps the local engine although there is a key. &ldquo;Check the
          connection&rdquo; says who answers and why.
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
