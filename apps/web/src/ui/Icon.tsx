/** Own icons, 16 px on a 24 grid, drawn with one stroke. Always beside text or under an aria-label. */
const PATHS = {
  overview: "M3 12h4l3-8 4 16 3-8h4",
  services: "M4 4h7v7H4zM13 13h7v7h-7zM11 7.5h5.5V13M7.5 11v5.5H13",
  traces: "M3 5h12M7 10h11M10 15h8M13 20h8",
  releases: "M4 12V4h8l8 8-8 8zM8 8h.01",
  errors: "M8 3h8l5 5v8l-5 5H8l-5-5V8zM12 8v5M12 16h.01",
  queries:
    "M12 4c4.4 0 8 1.3 8 3s-3.6 3-8 3-8-1.3-8-3 3.6-3 8-3zM4 7v10c0 1.700 3.600 3 8 3s8-1.300 8-3V7M4 12c0 1.700 3.600 3 8 3s8-1.300 8-3",
  databases:
    "M5 4h14v5H5zM5 9.5h14v5H5zM5 15h14v5H5zM8 6.5h.01M8 12h.01M8 17.500h.01M12 6.500h4M12 12h4M12 17.500h4",
  endpoints: "M4 6h10M4 12h16M4 18h7M17 4l3 2-3 2M14 16l3 2-3 2",
  resources: "M8 8h8v8H8zM10 4v4M14 4v4M10 16v4M14 16v4M4 10h4M4 14h4M16 10h4M16 14h4",
  vitals: "M4 18a8.5 8.5 0 1 1 16 0M12 17l4-6M4 18h3M17 18h3",
  visits: "M3 5h18v14H3zM3 9h18M6 7h.01M11 12l6 2.5-2.6 1L13 18z",
  tail: "M4 6h16M4 11h16M4 16h9M17 15v6M14.5 18.5 17 21l2.5-2.5",
  system: "M4 5h16v6H4zM4 13h16v6H4zM8 8h.01M8 16h.01M12 8h5M12 16h5",
  help: "M9 9a3 3 0 1 1 4.5 2.6c-1 .6-1.5 1.2-1.5 2.4M12 18h.01",
  deployments: "M12 3c3.5 2.2 5 5.4 5 9l-2 4H9l-2-4c0-3.6 1.5-6.8 5-9zM12 8.5v.01M9 19l-1 2M15 19l1 2",
  changes: "M3 17h6l2-9h10M15 4v4M15 12v.01M7 17v3",
  business: "M4 20V10M10 20V4M16 20v-7M21 20H3",
  menu: "M4 6h16M4 12h16M4 18h16",
  chevron: "m7 10 5 5 5-5",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.4 1.4M17.6 17.6 19 19M5 19l1.4-1.4M17.6 6.4 19 5",
  moon: "M20 14.5A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.5z",
  auto: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 3v18",
  clock: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 7v5l3 2",
  keyboard: "M3 6h18v12H3zM7 10h.01M11 10h.01M15 10h.01M8 14h8",
  table: "M4 5h16v14H4zM4 10h16M4 14.5h16M10 10v9",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  check: "m5 12 5 5 9-10",
  alert: "M12 4 2.5 20h19zM12 10v4M12 17h.01",
  arrow: "M5 12h14M13 6l6 6-6 6",
  close: "M6 6l12 12M18 6 6 18",
  search: "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM16 16l4.5 4.5",
  key: "M8 8.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9zM11.2 9.8 19 2M16 5l3 3",
  person: "M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM4.5 20.5a7.5 7.5 0 0 1 15 0",
  project: "M4 7l8-4 8 4-8 4zM4 12l8 4 8-4M4 17l8 4 8-4",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" width="16" height="16" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
