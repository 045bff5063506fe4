/** Around pages for people who are not signed in: the name of the product, one card, and nothing that leads elsewhere. */
import type { ComponentChildren } from "preact";
import { Brand } from "./Brand.tsx";
import { Preferences } from "./Preferences.tsx";
import "./bare.css";

export function BareShell({
  title,
  children,
}: {
  readonly title: string;
  readonly children: ComponentChildren;
}) {
  return (
    <div class="bare">
      <header class="bare-head">
        <Brand />
      </header>
      <main id="content" tabIndex={-1}>
        <section class="card bare-card">
          <h1 tabIndex={-1}>{title}</h1>
          {children}
        </section>
      </main>
      <footer class="bare-foot">
        <Preferences />
      </footer>
    </div>
  );
}
