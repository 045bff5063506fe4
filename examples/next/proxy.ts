import { NextResponse, type NextRequest } from "next/server";

/** Runs before the route of each product. */
export function proxy(request: NextRequest): NextResponse {
  const answer = NextResponse.next();
  answer.headers.set("x-path", request.nextUrl.pathname);
  return answer;
}

export const config = { matcher: "/products/:path*" };
