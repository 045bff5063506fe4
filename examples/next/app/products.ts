export interface Product {
  readonly id: string;
  readonly name: string;
  readonly text: string;
  readonly inStock: number;
}

const PRODUCTS: readonly Product[] = [
  { id: "101", name: "Windsor", text: "Turned legs, a bent bow and a seat of elm.", inStock: 7 },
  { id: "102", name: "Ladderback", text: "Four slats and a seat woven of rush.", inStock: 2 },
  { id: "103", name: "Cantilever", text: "Steel tube, two legs and nothing behind.", inStock: 0 },
];

export const listProducts = (): readonly Product[] => PRODUCTS;
export const findProduct = (id: string): Product | undefined => PRODUCTS.find((each) => each.id === id);
