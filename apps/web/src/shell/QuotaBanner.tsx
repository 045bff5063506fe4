import { useApp, useMay } from "../data/appState.ts";
import { toUsage } from "../paths.ts";
import { formatShare } from "../ui/format.ts";

/** When a daily quota is nearly or wholly used up, every page says so: what is missing on it may have been refused. */
export function QuotaBanner() {
  const { session, view } = useApp();
  const may = useMay();
  const alerts = session?.quotaAlerts ?? [];
  if (alerts.length === 0 || !may("usage:read")) return null;
  const over = alerts.filter(({ state }) => state === "exceeded").map(({ kind }) => kind);
  const nearly = alerts
    .filter(({ state }) => state === "warn")
    .map(
      ({ kind, used, dailyMax }) =>
        `${formatShare(used / (dailyMax ?? used))} % of the daily quota of ${kind}`,
    );
  const sentences = [
    over.length === 0
      ? ""
      : `The daily quota of ${over.join(" and ")} is used up: further ones are refused until 00:00 UTC.`,
    nearly.length === 0 ? "" : `Used so far: ${nearly.join(", ")}.`,
  ];
  return (
    <p class={`setup-banner ${over.length > 0 ? "quota-over" : ""}`} role="note">
      <span>{sentences.filter((sentence) => sentence !== "").join(" ")}</span>
      <a href={toUsage(view.value.search)}>Usage</a>
    </p>
  );
}
