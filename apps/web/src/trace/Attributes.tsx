/** Keys and values as they came; long values keep their lines and scroll in a box of their own. */

const LONG = 120;

export function Attributes({
  title,
  values,
  first,
  isOpen = false,
}: {
  readonly title?: string;
  readonly values: Readonly<Record<string, string>>;
  /** Keys that stand first, in this order; the rest by name. */
  readonly first: readonly string[];
  readonly isOpen?: boolean;
}) {
  const entries = Object.entries(values).toSorted(
    ([a], [b]) => rank(first, a) - rank(first, b) || (a < b ? -1 : 1),
  );
  if (entries.length === 0) return null;
  const list = (
    <dl class="attributes">
      {entries.map(([key, value]) => (
        <div key={key} class={isLong(value) ? "is-long" : ""}>
          <dt>{key}</dt>
          <dd>
            {isLong(value) ? (
              <pre tabIndex={0} role="region" aria-label={key}>
                {value}
              </pre>
            ) : value === "" ? (
              <span class="muted">empty</span>
            ) : (
              value
            )}
          </dd>
        </div>
      ))}
    </dl>
  );
  if (title === undefined) return list;
  return (
    <details open={isOpen}>
      <summary>
        {title} <small class="muted">{entries.length}</small>
      </summary>
      {list}
    </details>
  );
}

const isLong = (value: string): boolean => value.length > LONG || value.includes("\n");

function rank(first: readonly string[], key: string): number {
  const at = first.indexOf(key);
  return at < 0 ? first.length : at;
}
