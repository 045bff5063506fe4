/** Who follows the live tail of which project. Workers make tail items only while somebody does. */
import type { TailItem, TailListener } from "./types.ts";

export class TailListeners {
  readonly #byProject = new Map<string, Set<TailListener>>();

  add(tenantId: string, projectId: string, listener: TailListener): () => void {
    const key = keyOf(tenantId, projectId);
    const listeners = this.#byProject.get(key) ?? new Set();
    this.#byProject.set(key, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#byProject.get(key) === listeners) this.#byProject.delete(key);
    };
  }

  has(tenantId: string, projectId: string): boolean {
    return this.#byProject.has(keyOf(tenantId, projectId));
  }

  emit(tenantId: string, projectId: string, items: readonly TailItem[], leftOut: number): void {
    if (items.length === 0) return;
    for (const listener of this.#byProject.get(keyOf(tenantId, projectId)) ?? []) listener(items, leftOut);
  }
}

function keyOf(tenantId: string, projectId: string): string {
  return JSON.stringify([tenantId, projectId]);
}
