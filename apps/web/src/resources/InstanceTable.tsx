import type { ResourceInstance } from "@throughline/contract";
import { useApp } from "../data/appState.ts";
import { toResources } from "../paths.ts";
import { numberColumn, Table } from "../ui/Table.tsx";
import { Age } from "../ui/Time.tsx";
import { formatBytes, formatMs, formatShare } from "../ui/format.ts";

/** The newest value of each; a row leads to its own charts. */
export function InstanceTable({ instances }: { readonly instances: readonly ResourceInstance[] }) {
  const { search } = useApp().view.value;
  return (
    <Table<ResourceInstance>
      caption="Instances"
      rows={instances}
      rowKey={({ service, instance }) => `${service}\n${instance}`}
      columns={[
        {
          id: "service",
          head: "Service",
          isMain: true,
          sortBy: ({ service }) => service,
          cell: ({ service, instance }) => (
            <>
              <a href={toResources({ service }, search)}>{service}</a>
              <small>
                {instance === "" ? (
                  "no instance named"
                ) : (
                  <a class="link" href={toResources({ service, instance }, search)} title={instance}>
                    {instance}
                  </a>
                )}
              </small>
            </>
          ),
        },
        numberColumn("cpu", "CPU %", (row) => row.cpuRatio, formatShare),
        numberColumn("memory", "memory", (row) => row.memoryBytes, formatBytes),
        numberColumn("heap", "heap", (row) => row.heapBytes, formatBytes, { isSecondary: true }),
        numberColumn("loop", "loop busy %", (row) => row.eventLoopUtilization, formatShare, {
          isSecondary: true,
        }),
        numberColumn("delay", "loop p99 ms", (row) => row.eventLoopDelayP99Ms, formatMs, {
          isSecondary: true,
        }),
        {
          ...numberColumn<ResourceInstance>("seen", "last seen", (row) => row.lastSeenMs, formatMs, {
            isSecondary: true,
          }),
          cell: ({ lastSeenMs }) => <Age ms={lastSeenMs} />,
        },
      ]}
    />
  );
}
