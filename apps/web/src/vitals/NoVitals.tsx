/** No page view has reported a vital: how they come, in two lines. */
import { useApp } from "../data/appState.ts";
import { toKeys, toVitals } from "../paths.ts";
import { ButtonLink } from "../ui/Button.tsx";
import { Card } from "../ui/Card.tsx";
import { Code } from "../ui/Code.tsx";
import { EmptyState } from "../ui/States.tsx";
import { filterOf } from "./VitalsFilters.tsx";

/** What the page's own address is, where the server can't know it. */
const ANY_ORIGIN = "https://obs.example.com";

export function NoVitals({ origin = ANY_ORIGIN }: { readonly origin?: string }) {
  const { search } = useApp().view.value;
  if (Object.keys(filterOf(search)).length > 0)
    return (
      <Card title="Nothing found">
        <EmptyState
          title="No page view of this kind reported a vital in this range"
          action={<ButtonLink href={toVitals({}, search)}>Clear the filters</ButtonLink>}
        >
          Choose a longer range, or fewer filters.
        </EmptyState>
      </Card>
    );
  return (
    <Card title="No web vitals in this range">
      <p class="card-text">
        They come from your visitors' browsers: what each page view measured, with the element or script that
        made it slow. Add the SDK in two lines. It needs a browser key of this project for your site's origin,
        made under <a href={toKeys(search)}>Settings, Keys</a>; pages on localhost may send without one.
      </p>
      <p class="connect-step">In any page</p>
      <Code
        label="HTML"
        text={`<script defer src="${origin}/throughline.js" data-key="tl_ingest_…" data-release="1.4.0"></script>`}
      />
      <p class="connect-step">Or with a bundler</p>
      <Code
        label="JavaScript"
        text={`import { init } from "@throughline/browser";\ninit({ key: "tl_ingest_…", endpoint: "${origin}", release: "1.4.0" });`}
      />
      <p class="muted card-text">
        Open your site: the first numbers stand here as soon as a visitor leaves a page or hides its tab.
      </p>
    </Card>
  );
}
