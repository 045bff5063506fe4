import type { RangeKey } from "@throughline/contract";
import { useEffect, useState } from "preact/hooks";
import { useApp } from "../data/appState.ts";
import { toCustomRange, toRange } from "../paths.ts";
import { Button } from "../ui/Button.tsx";
import { formatClock, formatDay } from "../ui/format.ts";

const RANGES = ["1h", "6h", "24h", "7d", "30d"] as const satisfies readonly RangeKey[];
const HOUR_MS = 3_600_000;

/** Links for the usual ranges and a form for any other. The range lives in the address only. */
export function RangePicker() {
  const { view, zone } = useApp();
  const { path, search } = view.value;
  const isCustom = search.get("range") === "custom" || (search.has("from") && !search.has("range"));
  const chosen = isCustom ? "custom" : (search.get("range") ?? "1h");
  const ends = isCustom ? customEnds(search) : null;
  return (
    <div class="range">
      <div class="segmented" role="group" aria-label="Time range">
        {RANGES.map((range) => (
          <a
            key={range}
            href={toRange(path, search, range)}
            aria-current={range === chosen ? "true" : undefined}
          >
            {range.replace(/(\d+)/, "$1 ")}
          </a>
        ))}
        <button type="button" popovertarget="custom-range" aria-pressed={isCustom}>
          {ends === null ? "Custom" : describe(ends, zone.value)}
        </button>
      </div>
      <CustomRange ends={ends} />
    </div>
  );
}

interface Ends {
  readonly fromMs: number;
  readonly toMs: number;
}

function CustomRange({ ends }: { readonly ends: Ends | null }) {
  const { view, chosenZone, navigate } = useApp();
  const { path, search } = view.value;
  const [from, setFrom] = useState("");
  const [to, setTo] = useState("");
  const [complaint, setComplaint] = useState("");
  const isUtc = chosenZone.value === "utc";
  // After hydration only: the default depends on the reader's clock and zone.
  useEffect(() => {
    const toMs = ends?.toMs ?? Date.now();
    setFrom(toInput(ends?.fromMs ?? toMs - HOUR_MS, isUtc));
    setTo(toInput(toMs, isUtc));
  }, [ends?.fromMs, ends?.toMs, isUtc]);
  const apply = (event: SubmitEvent): void => {
    event.preventDefault();
    const [fromMs, toMs] = [fromInput(from, isUtc), fromInput(to, isUtc)];
    if (!(fromMs < toMs)) {
      setComplaint("The range must end after it starts.");
      return;
    }
    setComplaint("");
    document.getElementById("custom-range")?.hidePopover();
    void navigate(toCustomRange(path, search, fromMs, toMs));
  };
  return (
    <div id="custom-range" popover="auto" class="menu range-menu">
      <form onSubmit={apply}>
        <label>
          From
          <input
            type="datetime-local"
            step="1"
            required
            value={from}
            onInput={(event) => setFrom(event.currentTarget.value)}
          />
        </label>
        <label>
          To
          <input
            type="datetime-local"
            step="1"
            required
            value={to}
            onInput={(event) => setTo(event.currentTarget.value)}
          />
        </label>
        <p class={complaint === "" ? "muted" : "bad"} role="status">
          {complaint === ""
            ? `Times in ${isUtc ? "UTC" : "your time zone"}. Or drag over a chart.`
            : complaint}
        </p>
        <Button type="submit" kind="primary">
          Show this range
        </Button>
      </form>
    </div>
  );
}

function customEnds(search: URLSearchParams): Ends | null {
  const read = (name: string): number => {
    const text = search.get(name) ?? "";
    return /^\d{10,14}$/.test(text) ? Number(text) : Date.parse(text);
  };
  const ends = { fromMs: read("from"), toMs: read("to") };
  return Number.isFinite(ends.fromMs) && Number.isFinite(ends.toMs) ? ends : null;
}

function describe({ fromMs, toMs }: Ends, zone: "utc" | "local"): string {
  const [day, lastDay] = [formatDay(fromMs, zone), formatDay(toMs, zone)];
  const start = `${day} ${formatClock(fromMs, zone)}`;
  return day === lastDay
    ? `${start}–${formatClock(toMs, zone)}`
    : `${start} – ${lastDay} ${formatClock(toMs, zone)}`;
}

/** What a datetime-local input understands. */
function toInput(timeMs: number, isUtc: boolean): string {
  const shiftMs = isUtc ? 0 : new Date(timeMs).getTimezoneOffset() * 60_000;
  return new Date(timeMs - shiftMs).toISOString().slice(0, 19);
}

const fromInput = (text: string, isUtc: boolean): number => Date.parse(isUtc ? `${text}Z` : text);
