import Link from "next/link";
import type { ReactNode } from "react";
import { listProducts } from "./products.ts";

/** Made once, when the application is built. */
export default function Home(): ReactNode {
  return (
    <main>
      <h1>Chairs to sit on</h1>
      <ul>
        {listProducts().map(({ id, name }) => (
          <li key={id}>
            <Link href={`/products/${id}`}>{name}</Link>
          </li>
        ))}
      </ul>
    </main>
  );
}
