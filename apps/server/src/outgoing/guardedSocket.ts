/** A connection to a host that a person set, for protocols that bring their own client: checked as `fetch` is. */
import { Socket, type LookupFunction } from "node:net";
import { parseAddress } from "./addressKind.ts";
import type { Allowance } from "./allowance.ts";
import { refuseAddress } from "./checkedLookup.ts";

export interface HostAndPort {
  /** A name or an address; IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
}

/**
 * Not connected yet. Whatever the client passes to `connect`, it leads to this host, under an address that was checked, and
 * to no socket file. A refusal comes as the socket's error: an OutgoingError.
 */
export function createGuardedSocket(
  allowance: Allowance,
  lookup: LookupFunction,
  { host, port }: HostAndPort,
): Socket {
  const socket = new Socket();
  const connect = socket.connect.bind(socket);
  socket.connect = () => {
    try {
      if (parseAddress(host) !== null) refuseAddress(allowance, host, host);
      connect({ host, port, lookup });
    } catch (error) {
      socket.destroy(error instanceof Error ? error : new Error(String(error)));
    }
    return socket;
  };
  return socket;
}
