/** Where the boxes of the service map stand: callers left of whom they call, in columns. Pure. */
import type { ServiceCall } from "@throughline/contract";

export const BOX = { width: 168, height: 34, gapX: 96, gapY: 14 } as const;

export interface MapNode {
  readonly name: string;
  readonly kind: ServiceCall["kind"];
  readonly x: number;
  readonly y: number;
}

export interface MapLayout {
  readonly nodes: readonly MapNode[];
  readonly width: number;
  readonly height: number;
}

/** Circles are cut: a service that is called by one it calls stays where the first way to it put it. */
export function layoutOf(calls: readonly ServiceCall[]): MapLayout {
  const kinds = new Map<string, ServiceCall["kind"]>();
  for (const { caller } of calls) kinds.set(caller, "service");
  for (const { callee, kind } of calls) if (!kinds.has(callee)) kinds.set(callee, kind);
  const columns = new Map<string, number>();
  const called = new Set(calls.filter(({ caller, callee }) => caller !== callee).map(({ callee }) => callee));
  const place = (name: string, column: number, way: readonly string[]): void => {
    if (way.includes(name) || (columns.get(name) ?? -1) >= column) return;
    columns.set(name, column);
    for (const { caller, callee } of calls) if (caller === name) place(callee, column + 1, [...way, name]);
  };
  for (const name of kinds.keys()) if (!called.has(name)) place(name, 0, []);
  // Those of a circle that nobody outside of it calls.
  for (const name of kinds.keys()) if (!columns.has(name)) place(name, 0, []);
  const stacks = Map.groupBy(kinds.keys(), (name) => columns.get(name) ?? 0);
  const rowsMax = Math.max(0, ...[...stacks.values()].map((stack) => stack.length));
  const height = rowsMax * (BOX.height + BOX.gapY) - BOX.gapY;
  const nodes = [...stacks].flatMap(([column, names]) => {
    const taken = names.length * (BOX.height + BOX.gapY) - BOX.gapY;
    return names.map((name, row): MapNode => ({
      name,
      kind: kinds.get(name) ?? "service",
      x: column * (BOX.width + BOX.gapX),
      y: (height - taken) / 2 + row * (BOX.height + BOX.gapY),
    }));
  });
  const widest = Math.max(0, ...columns.values());
  return { nodes, width: (widest + 1) * BOX.width + widest * BOX.gapX, height: Math.max(0, height) };
}
