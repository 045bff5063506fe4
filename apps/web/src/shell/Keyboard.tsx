import { useEffect, useRef } from "preact/hooks";
import { useApp, type AppState } from "../data/appState.ts";
import { pickParams, type PageKey } from "../page.ts";
import { pages } from "../pages.ts";
import { Button } from "../ui/Button.tsx";

/** How long `g` waits for its second key. */
const SEQUENCE_MS = 1200;

/** Every key that does something, told once: pages name their own. */
export const shortcuts: readonly PageKey[] = [
  ...pages.flatMap(({ nav }) =>
    nav === undefined ? [] : [{ keys: `g ${nav.key}`, does: `Go to ${nav.label}` }],
  ),
  { keys: "/", does: "Filter: the first search field of the page" },
  ...pages.flatMap(({ keys = [] }) => keys),
  { keys: "← →", does: "On a chart: read the values" },
  { keys: "Esc", does: "Close what is open" },
  { keys: "?", does: "This list" },
];

export function ShortcutList() {
  return (
    <dl class="shortcuts">
      {shortcuts.map(({ keys, does }) => (
        <div key={does}>
          <dt>
            {keys.split(" ").map((key) => (
              <kbd key={key}>{key}</kbd>
            ))}
          </dt>
          <dd>{does}</dd>
        </div>
      ))}
    </dl>
  );
}

/** `?` opens the list, `g` and a letter go to a page, `/` puts the cursor into the page's filter. */
export function useShortcuts(app: AppState): void {
  useEffect(() => {
    let goPressedAtMs = -Infinity;
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isTyping(event.target))
        return;
      const isGoing = event.timeStamp - goPressedAtMs < SEQUENCE_MS;
      goPressedAtMs = -Infinity;
      const target = isGoing ? pages.find(({ nav }) => nav?.key === event.key) : undefined;
      if (target !== undefined) void app.navigate(target.path + pickParams(app.view.value.search));
      else if (event.key === "g") goPressedAtMs = event.timeStamp;
      else if (event.key === "?") app.isHelpOpen.value = true;
      else if (event.key === "/")
        document.querySelector<HTMLInputElement>("main input[type=search]")?.focus();
      else return;
      event.preventDefault();
    };
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, [app]);
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || target.matches("input, select, textarea"))
  );
}

export function KeyboardHelp() {
  const { isHelpOpen } = useApp();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (isHelpOpen.value) dialog.current?.showModal();
  }, [isHelpOpen.value]);
  return (
    <dialog
      ref={dialog}
      class="dialog"
      aria-labelledby="keys-title"
      onClose={() => (isHelpOpen.value = false)}
      onClick={(event) => {
        // The dialog's own box is its backdrop's only other owner: a click on it is a click outside.
        if (event.target === dialog.current) dialog.current?.close();
      }}
    >
      <div class="dialog-body">
        <h2 id="keys-title">Keyboard</h2>
        <ShortcutList />
        <form method="dialog">
          <Button type="submit">Close</Button>
        </form>
      </div>
    </dialog>
  );
}
