"use client";
import { useState, type ReactNode } from "react";

/** Asks the route handler; the request's trace begins in the browser. */
export function Stock({ id }: { readonly id: string }): ReactNode {
  const [text, setText] = useState("");
  const ask = async (): Promise<void> => {
    const answer = await fetch(`/api/stock/${id}`);
    const { inStock } = (await answer.json()) as { inStock?: number };
    setText(inStock === undefined ? "Nobody knows." : `${inStock} left`);
  };
  return (
    <p>
      <button type="button" onClick={() => void ask()}>
        In stock?
      </button>{" "}
      <output>{text}</output>
    </p>
  );
}
