/** How to connect, per language, with this installation's own address. */
export interface Snippet {
  readonly id: string;
  readonly title: string;
  readonly steps: readonly { readonly label: string; readonly text: string }[];
  readonly note?: string;
}

export interface SnippetFacts {
  /** Where OTLP/HTTP is reached, without a slash at the end. */
  readonly otlpHttpUrl: string;
  /** Without a project named, keyless data goes to the default one. */
  readonly projectId: string | null;
}

export function snippetsFor({ otlpHttpUrl, projectId }: SnippetFacts): readonly Snippet[] {
  const project =
    projectId === null ? "" : `\nexport OTEL_EXPORTER_OTLP_HEADERS=x-throughline-project=${projectId}`;
  const environment = `export OTEL_SERVICE_NAME=my-shop\nexport OTEL_EXPORTER_OTLP_ENDPOINT=${otlpHttpUrl}${project}`;
  const protobuf = `${environment}\nexport OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf`;
  const header = projectId === null ? "" : ` -H 'x-throughline-project: ${projectId}'`;
  return [
    {
      id: "node",
      title: "Node",
      steps: [
        { label: "Install", text: "npm i @opentelemetry/api @opentelemetry/auto-instrumentations-node" },
        {
          label: "Run",
          text: `${protobuf}\nnode --import @opentelemetry/auto-instrumentations-node/register app.js`,
        },
      ],
    },
    {
      id: "python",
      title: "Python",
      steps: [
        {
          label: "Install",
          text: "pip install opentelemetry-distro opentelemetry-exporter-otlp\nopentelemetry-bootstrap -a install",
        },
        { label: "Run", text: `${protobuf}\nopentelemetry-instrument python app.py` },
      ],
    },
    {
      id: "go",
      title: "Go",
      steps: [
        {
          label: "At the start of main()",
          text: `exporter, err := otlptracehttp.New(ctx)
if err != nil { log.Fatal(err) }
provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter))
defer provider.Shutdown(ctx)
otel.SetTracerProvider(provider)
handler = otelhttp.NewHandler(handler, "server")`,
        },
        { label: "Run", text: `${environment}\ngo run .` },
      ],
    },
    {
      id: "browser",
      title: "Browser",
      steps: [
        {
          label: "In the page",
          text: `import { WebTracerProvider, BatchSpanProcessor } from "@opentelemetry/sdk-trace-web";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
// A path of your own site that your server passes on to ${otlpHttpUrl}/v1/traces
const exporter = new OTLPTraceExporter({ url: "/v1/traces" });
new WebTracerProvider({ spanProcessors: [new BatchSpanProcessor(exporter)] }).register();`,
        },
      ],
      note: "Web pages may not send without a key: let your server pass the data on and add the header authorization: Bearer <ingest key> there. The key never reaches the browser.",
    },
    {
      id: "curl",
      title: "curl",
      steps: [
        {
          label: "One request of 120 ms, as a trace",
          text: `now=$(date +%s); curl ${otlpHttpUrl}/v1/traces${header} -H 'content-type: application/json' -d '{"resourceSpans":[{
  "resource":{"attributes":[{"key":"service.name","value":{"stringValue":"my-shop"}}]},
  "scopeSpans":[{"spans":[{"traceId":"'$(openssl rand -hex 16)'","spanId":"'$(openssl rand -hex 8)'","kind":2,
    "name":"GET /hello","startTimeUnixNano":"'$now'000000000","endTimeUnixNano":"'$now'120000000",
    "attributes":[{"key":"http.route","value":{"stringValue":"/hello"}}]}]}]}]}'`,
        },
      ],
    },
  ];
}
