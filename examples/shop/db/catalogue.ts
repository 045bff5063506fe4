/** What the shop sells: things for a calm desk, in a few finishes each. */
export interface Product {
  id: number;
  name: string;
  category: string;
  description: string;
  colour: string;
  price_cents: number;
  stock: number;
}

export const CUSTOMERS = 2_000;

const kinds: readonly (readonly [name: string, category: string, priceCents: number, description: string])[] =
  [
    ["Notebook", "Paper", 1450, "Thread-bound, 192 dotted pages that lie flat."],
    ["Desk pad", "Paper", 1900, "Sixty tear-off sheets for the week ahead."],
    ["Envelope set", "Paper", 980, "Twenty envelopes of heavy recycled stock."],
    ["Fountain pen", "Writing", 4800, "A steel nib that forgives a fast hand."],
    ["Pencil box", "Writing", 2600, "Twelve cedar pencils, from 4H to 6B."],
    ["Ink bottle", "Writing", 1250, "Slow-drying ink for broad nibs, 50 ml."],
    ["Desk lamp", "Light", 8900, "Warm, dimmable light on a jointed arm."],
    ["Clip light", "Light", 3900, "A small reading light that holds on to a shelf."],
    ["Pen tray", "Order", 2200, "A shallow tray for what would otherwise roll away."],
    ["Letter rack", "Order", 3100, "Three slots: to read, to answer, to keep."],
    ["Cable box", "Order", 2750, "Hides the plugs, keeps the cables apart."],
    ["Mug", "Comfort", 1600, "Stoneware that keeps tea warm for a chapter."],
  ];

const finishes: readonly (readonly [name: string, colour: string])[] = [
  ["Moss", "#7d8f69"],
  ["Clay", "#b5754f"],
  ["Slate", "#5f6b76"],
  ["Sand", "#cdb892"],
  ["Plum", "#7b5468"],
];

export const categories = [...new Set(kinds.map(([, category]) => category))];

/** Every kind in every finish, shuffled so that a page of the catalogue shows all finishes. */
export const products: readonly Product[] = Array.from(
  { length: kinds.length * finishes.length },
  (_, index) => {
    const round = Math.floor(index / kinds.length);
    const finishIndex = (index + round) % finishes.length;
    const [kind, category, priceCents, description] = kinds[index % kinds.length] ?? ["", "", 0, ""];
    const [finish, colour] = finishes[finishIndex] ?? ["", ""];
    return {
      id: index + 1,
      name: `${kind}, ${finish.toLowerCase()}`,
      category,
      description: `${description} Finished in ${finish.toLowerCase()}.`,
      colour,
      price_cents: priceCents + finishIndex * 150,
      stock: 400,
    };
  },
);
