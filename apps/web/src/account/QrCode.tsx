import { useEffect, useState } from "preact/hooks";

/** Modules of empty space around it, which scanners need. ISO/IEC 18004, 5.3.8 */
const QUIET_ZONE = 4;

/** Dark on light in both themes: not every scanner reads the reverse. Its code is loaded when one is shown. */
export function QrCode({ text, label }: { readonly text: string; readonly label: string }) {
  const [rows, setRows] = useState<readonly (readonly boolean[])[]>([]);
  useEffect(() => {
    void import("qr").then(({ encodeQR }) => setRows(encodeQR(text, "raw", { border: QUIET_ZONE })));
  }, [text]);
  const size = Math.max(rows.length, 1);
  return (
    <svg
      class="qr"
      viewBox={`0 0 ${size} ${size}`}
      role="img"
      aria-label={label}
      shape-rendering="crispEdges"
    >
      <path d={pathOf(rows)} />
    </svg>
  );
}

/** One square a dark module. */
function pathOf(rows: readonly (readonly boolean[])[]): string {
  return rows.flatMap((row, y) => row.map((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1z` : ""))).join("");
}
