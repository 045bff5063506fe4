import { findProduct } from "../../../products.ts";

interface Context {
  readonly params: Promise<{ readonly id: string }>;
}

export async function GET(_request: Request, { params }: Context): Promise<Response> {
  const { id } = await params;
  // What a handler throws is on its trace, and the visitor gets a 500.
  if (id === "broken") throw new RangeError("The stock-taking has not ended");
  const product = findProduct(id);
  if (product === undefined) return Response.json({}, { status: 404 });
  return Response.json({ inStock: product.inStock });
}
