/** The secret of a link, which stands after the # of its address: browsers send that to no server. */
import { useEffect, useState } from "preact/hooks";

/**
 * Null until the page has started in the browser; empty when there is none. It is kept for this tab, as the person may
 * have to sign in before coming back, and goes from the address, which people copy and browsers remember.
 */
export function useLinkToken(name: string): string | null {
  const [token, setToken] = useState<string | null>(null);
  useEffect(() => {
    const given = location.hash.slice(1);
    if (given !== "") {
      sessionStorage.setItem(name, given);
      history.replaceState(history.state, "", location.pathname + location.search);
    }
    setToken(sessionStorage.getItem(name) ?? "");
  }, [name]);
  return token;
}

export const forgetLinkToken = (name: string): void => sessionStorage.removeItem(name);
