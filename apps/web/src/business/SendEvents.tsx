/** Which events make the numbers, and how to send them. */
import { useApp } from "../data/appState.ts";
import { Code } from "../ui/Code.tsx";
import "../deployments/deployments.css";

const EVENTS: readonly (readonly [name: string, text: string])[] = [
  ["product_view", "somebody looks at a product"],
  ["search", "somebody searches"],
  ["add_to_cart", "something goes into the cart"],
  ["checkout", "somebody begins to check out"],
  ["order", "an order is placed: order_id, revenue, currency"],
  ["order_completed", "an order is done: order_id"],
  ["order_cancelled", "an order is called off: order_id"],
];

export function SendEvents({ projectId }: { readonly projectId: string }) {
  const { installation } = useApp();
  return (
    <>
      <p class="tell-lead">
        Send these events from the page or from a server, whichever knows them better. An order that both tell
        of counts once, by its <code>order_id</code>. Sessions come from the browser SDK; a server joins them
        with <code>session.id</code>.
      </p>
      <dl class="event-names">
        {EVENTS.map(([name, text]) => (
          <div key={name}>
            <dt>
              <code>{name}</code>
            </dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
      <div class="tell-steps">
        <div>
          <h3>In the page</h3>
          <Code label="An order from the page" text={BROWSER} />
        </div>
        <div>
          <h3>On a server, as a log record through OTLP</h3>
          <Code label="An order from a server" text={serverText(installation.otlpHttpUrl, projectId)} />
        </div>
      </div>
    </>
  );
}

const BROWSER = `import { track } from "@throughline/browser";

track("add_to_cart");
track("order", { order_id: "A-17", revenue: 59.9, currency: "EUR" });`;

function serverText(url: string, projectId: string): string {
  return `curl ${url}/v1/logs -H 'content-type: application/json' \\
  -H 'x-throughline-project: ${projectId}' -d '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{
    "timeUnixNano":"'$(date +%s)'000000000","eventName":"order","attributes":[
      {"key":"order_id","value":{"stringValue":"A-17"}},
      {"key":"revenue","value":{"doubleValue":59.9}},
      {"key":"currency","value":{"stringValue":"EUR"}}]}]}]}]}'`;
}
