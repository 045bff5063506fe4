/** A question over the page. The browser's own dialog: it keeps the focus, and Escape closes it. */
import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef } from "preact/hooks";
import "./dialog.css";

export interface DialogProps {
  readonly title: string;
  readonly children: ComponentChildren;
  /** By Escape or a click beside it. Whoever renders the dialog stops rendering it. */
  readonly onClose: () => void;
  /** What it shows would be lost: a click beside it closes nothing. */
  readonly isSticky?: boolean;
}

/** Open as long as it is rendered. */
export function Dialog({ title, children, onClose, isSticky = false }: DialogProps) {
  const id = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  const isRendered = useRef(true);
  useLayoutEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => {
      isRendered.current = false;
      // Closed before it is taken out of the page: only so does the focus go back to where it was.
      element?.close();
    };
  }, []);
  // What had the focus may be gone with the step before: the next one is read from its title on.
  useLayoutEffect(() => {
    const head = dialog.current?.querySelector("h2");
    if (head == null || dialog.current?.contains(document.activeElement) === true) return;
    // Not before: a dialog that opens focuses the first thing that can be.
    head.tabIndex = -1;
    head.focus();
  }, [title]);
  return (
    <dialog
      ref={dialog}
      class="dialog"
      aria-labelledby={id}
      onClose={() => {
        if (isRendered.current) onClose();
      }}
      onClick={(event) => {
        // The dialog's own box is its backdrop's only other owner: a click on it is a click outside.
        if (!isSticky && event.target === dialog.current) onClose();
      }}
    >
      <div class="dialog-body">
        <h2 id={id}>{title}</h2>
        {children}
      </div>
    </dialog>
  );
}
