/** PostgreSQL's plan as the page shows it: a small tree without literals, with what each node costs by itself. */
import { createHash } from "node:crypto";
import type { PlanNode } from "@throughline/contract";
import { withoutLiterals } from "../collect/parts.ts";
import { childrenOf, numberOf, type RawPlan, textOf } from "./rawPlan.ts";

const NODES_MAX = 300;
const DEPTH_MAX = 60;
const CONDITIONS = [
  "Filter",
  "Index Cond",
  "Hash Cond",
  "Merge Cond",
  "Join Filter",
  "Recheck Cond",
  "TID Cond",
  "Sort Key",
  "Group Key",
] as const;

export function planTreeOf(raw: RawPlan): PlanNode {
  let left = NODES_MAX;
  const read = (node: RawPlan, depth: number): PlanNode => {
    left -= 1;
    const children = childrenOf(node).flatMap((child) =>
      left > 0 && depth < DEPTH_MAX ? [read(child, depth + 1)] : [],
    );
    const totalCost = numberOf(node["Total Cost"]);
    const below = children.reduce((sum, child) => sum + child.totalCost, 0);
    const relation = textOf(node["Relation Name"]);
    const schema = textOf(node["Schema"]);
    return {
      type: textOf(node["Node Type"]).slice(0, 100),
      of: [schema, relation || textOf(node["Function Name"]) || textOf(node["CTE Name"])]
        .filter((part) => part !== "")
        .join(".")
        .slice(0, 200),
      index: textOf(node["Index Name"]).slice(0, 200),
      conditions: CONDITIONS.flatMap((name) => {
        const text = textOf(node[name]);
        return text === "" ? [] : [`${name}: ${withoutLiterals(text)}`];
      }),
      rows: numberOf(node["Plan Rows"]),
      totalCost,
      // A LIMIT costs less than what stands below it.
      ownCost: Math.max(0, totalCost - below),
      children,
    };
  };
  return read(raw, 0);
}

/** Of its shape: costs and row counts move with every ANALYZE, and are not what makes a plan another one. */
export function planHashOf(plan: PlanNode): string {
  const shape = (node: PlanNode): unknown => [
    node.type,
    node.of,
    node.index,
    node.conditions,
    node.children.map(shape),
  ];
  return hashOf(JSON.stringify(shape(plan)));
}

/** 16 hexadecimal digits. */
export function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
