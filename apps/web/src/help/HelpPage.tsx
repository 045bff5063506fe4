import { useApp } from "../data/appState.ts";
import type { PageProps } from "../page.ts";
import { ShortcutList } from "../shell/Keyboard.tsx";
import { Card } from "../ui/Card.tsx";
import { Connect } from "./Connect.tsx";

export function HelpPage({ search }: PageProps<null>) {
  const { installation } = useApp();
  const { otlpHttpUrl, otlpGrpcUrl, version } = installation;
  return (
    <div class="two">
      <div class="stack">
        <Card title="Connect an application">
          <Connect projectId={search.get("project") ?? "default"} />
        </Card>
        <Card title="When nothing arrives">
          <ul class="help-list">
            <li>
              <b>From another machine</b> a key is needed: add{" "}
              <code>OTEL_EXPORTER_OTLP_HEADERS=authorization=Bearer&nbsp;tl_ingest_…</code>. The first start
              prints one, and the server must listen with <code>THROUGHLINE_HOST=0.0.0.0</code>.
            </li>
            <li>
              <b>In a container</b> <code>localhost</code> is the container itself: use the host's address.
            </li>
            <li>
              <b>Refused data</b> is answered with a sentence that says why; most SDKs print it with{" "}
              <code>OTEL_LOG_LEVEL=debug</code>.
            </li>
            <li>
              <b>Wrong clock</b>: data more than an hour ahead or older than the retention is refused, and
              says so.
            </li>
          </ul>
        </Card>
      </div>
      <div class="stack">
        <Card title="This installation">
          <dl class="facts">
            <dt>OTLP over HTTP</dt>
            <dd>
              <code>{otlpHttpUrl}</code>
            </dd>
            {otlpGrpcUrl === null ? null : (
              <>
                <dt>OTLP over gRPC</dt>
                <dd>
                  <code>{otlpGrpcUrl}</code>
                </dd>
              </>
            )}
            <dt>Version</dt>
            <dd>{version}</dd>
          </dl>
        </Card>
        <Card title="Keyboard">
          <ShortcutList />
        </Card>
      </div>
    </div>
  );
}
