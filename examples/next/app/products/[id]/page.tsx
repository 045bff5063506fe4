import type { Metadata } from "next";
import { notFound } from "next/navigation";
import type { ReactNode } from "react";
import { findProduct } from "../../products.ts";
import { Stock } from "./stock.tsx";

interface Props {
  readonly params: Promise<{ readonly id: string }>;
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { id } = await params;
  return { title: findProduct(id)?.name };
}

/** Made for each request, as its address has a part that is not known before. */
export default async function ProductPage({ params }: Props): Promise<ReactNode> {
  const { id } = await params;
  const product = findProduct(id);
  if (product === undefined) notFound();
  return (
    <main>
      <h1>{product.name}</h1>
      <p>{product.text}</p>
      <Stock id={id} />
    </main>
  );
}
