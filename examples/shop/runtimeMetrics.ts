import { metrics } from "@opentelemetry/api";

/** Memory of this process; event-loop delay, heap and garbage collection come from the runtime instrumentation. */
metrics
  .getMeter("shop")
  .createObservableUpDownCounter("process.memory.usage", {
    unit: "By",
    description: "Resident memory of the process.",
  })
  .addCallback((result) => result.observe(process.memoryUsage.rss()));
