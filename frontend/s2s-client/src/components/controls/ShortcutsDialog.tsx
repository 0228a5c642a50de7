import { Dialog } from "../primitives/Dialog";
import { SHORTCUTS } from "./shortcuts";

/** Every key that does something. */
export default function ShortcutsDialog({ enabled, onClose }: { readonly enabled: boolean; readonly onClose: () => void }) {
  return (
    <Dialog title="Keyboard shortcuts" onClose={onClose}>
      {!enabled && <p className="hint">Shortcuts are off in Settings. Only Esc and Space work.</p>}
      <dl className="keys">
        {SHORTCUTS.map(({ keys, does }) => (
          <div key={does}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
