import type { Signal } from "@preact/signals";

export interface SpanFilter {
  readonly text: string;
  readonly isErrorsOnly: boolean;
}

/** Leaves the spans that match, with what led to them. */
export function TraceFilter({ filter }: { readonly filter: Signal<SpanFilter> }) {
  return (
    <div class="trace-filter">
      <span class="trace-legend">
        <i aria-hidden="true" /> critical path
      </span>
      <label>
        <input
          type="checkbox"
          checked={filter.value.isErrorsOnly}
          onChange={(event) =>
            (filter.value = { ...filter.value, isErrorsOnly: event.currentTarget.checked })
          }
        />
        errors only
      </label>
      <input
        type="search"
        placeholder="Find in spans"
        aria-label="Find in spans: name, service, attribute values"
        value={filter.value.text}
        onInput={(event) => (filter.value = { ...filter.value, text: event.currentTarget.value })}
      />
    </div>
  );
}
