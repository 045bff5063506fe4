/** Markup that is already safe to send. */
export interface Html {
  readonly markup: string;
}

type Content = Html | string | number | readonly Html[];

const REPLACEMENTS: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function render(content: Content): string {
  if (typeof content === "string")
    return content.replace(/[&<>"']/g, (found) => REPLACEMENTS[found] ?? found);
  if (typeof content === "number") return String(content);
  return "markup" in content ? content.markup : content.map(render).join("");
}

/** A template whose values are escaped unless they are markup themselves. */
export function html(strings: TemplateStringsArray, ...values: Content[]): Html {
  return { markup: strings.reduce((text, part, index) => text + render(values[index - 1] ?? "") + part) };
}

/** Markup as it is, for what is known to be safe. */
export function raw(markup: string): Html {
  return { markup };
}
