import Link from "next/link";
import type { ReactNode } from "react";

export const metadata = { title: "Chairs", icons: "data:," };

export default function Layout({ children }: { readonly children: ReactNode }): ReactNode {
  return (
    <html lang="en">
      <body style={{ margin: "2rem auto", maxWidth: "40rem", fontFamily: "sans-serif" }}>
        <nav>
          <Link href="/">Chairs</Link>
        </nav>
        {children}
      </body>
    </html>
  );
}
