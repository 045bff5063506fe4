/** The switches for trouble. Each makes the shop really do the thing; nothing is faked in the telemetry. */
export const troubles = {
  "slow-query":
    "The index on reviews by customer is dropped: the product page's query reads the whole table.",
  "n-plus-one": "The catalogue asks for the rating of every product in a statement of its own.",
  "failing-route": "The order history selects a column that no longer exists: the page answers 500.",
  "memory-leak": "shop-web remembers every page it rendered and forgets to forget (at most 512 MiB).",
  "pool-exhaustion": "Recommendations hold a database connection while they wait for a slow partner.",
  "large-payload": "The catalogue sends a season of reviews of every product, megabytes a page.",
  "late-hero": "A script puts the product's picture in place only seconds after the page is there.",
  "blocking-click": "Add to cart computes for half a second before the browser may do anything else.",
  "layout-shift": "A banner without reserved space pushes the product page down after it was drawn.",
  "bad-deploy":
    "shop-api 1.5.0 is rolled out: checkout is slower and fails for customers without a postcode.",
} as const;

export type Trouble = keyof typeof troubles;

export const troubleNames = Object.keys(troubles) as Trouble[];

export function isTrouble(name: string): name is Trouble {
  return Object.hasOwn(troubles, name);
}

/**
 * Reads a comma-separated list of switches.
 * @throws {Error} naming the unknown switch and all known ones.
 */
export function parseTroubles(list: string): Trouble[] {
  return list
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "")
    .map((name) => {
      if (isTrouble(name)) return name;
      throw new Error(`There is no trouble called "${name}". Choose from: ${troubleNames.join(", ")}.`);
    });
}
