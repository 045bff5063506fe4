/**
 * One circuit breaker for each outside service. After five failures in a row nobody waits for the service any more; half a
 * minute later one call tries whether it is back.
 *
 *   closed ──5 failures──▶ open ──30 s──▶ half-open ──success──▶ closed
 *                            ▲                │
 *                            └─────failure────┘
 */
import { metrics } from "@opentelemetry/api";
import {
  BrokenCircuitError,
  circuitBreaker,
  type CircuitBreakerPolicy,
  CircuitState,
  ConsecutiveBreaker,
  handleAll,
} from "cockatiel";

export interface BreakerStatus {
  readonly service: string;
  readonly state: "closed" | "open" | "half-open";
  /** Of the state; null while nothing ever failed. */
  readonly sinceMs: number | null;
  /** How often it was given up on since the start. */
  readonly trips: number;
}

export interface Breakers {
  /** @throws {ServiceGivenUp} while the service is given up on; else what `call` throws */
  run<Answer>(service: string, call: () => Promise<Answer>): Promise<Answer>;
  status(): BreakerStatus[];
}

export interface BreakerOptions {
  readonly failuresMax?: number;
  readonly halfOpenAfterMs?: number;
  readonly onChange?: (status: BreakerStatus) => void;
}

/** The service failed again and again: it was not asked. */
export class ServiceGivenUp extends Error {
  constructor(service: string) {
    super(`${service} failed several times in a row and is not asked for a while.`);
    this.name = "ServiceGivenUp";
  }
}

const STATES = {
  [CircuitState.Closed]: "closed",
  [CircuitState.Open]: "open",
  [CircuitState.HalfOpen]: "half-open",
  [CircuitState.Isolated]: "open",
} as const;

interface Breaker {
  readonly policy: CircuitBreakerPolicy;
  sinceMs: number | null;
  trips: number;
}

export function createBreakers(options: BreakerOptions = {}): Breakers {
  const { failuresMax = 5, halfOpenAfterMs = 30_000, onChange = () => {} } = options;
  const breakers = new Map<string, Breaker>();
  const meter = metrics.getMeter("throughline.breakers");
  const trips = meter.createCounter("throughline.breaker.trips", {
    description: "How often an outside service was given up on.",
  });
  meter
    .createObservableGauge("throughline.breaker.open", {
      description: "1 while an outside service is given up on.",
    })
    .addCallback((result) => {
      for (const [service, { policy }] of breakers)
        result.observe(policy.state === CircuitState.Closed ? 0 : 1, { "throughline.service": service });
    });

  function breakerOf(service: string): Breaker {
    const known = breakers.get(service);
    if (known !== undefined) return known;
    const policy = circuitBreaker(handleAll, {
      halfOpenAfter: halfOpenAfterMs,
      breaker: new ConsecutiveBreaker(failuresMax),
    });
    const made: Breaker = { policy, sinceMs: null, trips: 0 };
    policy.onStateChange(() => {
      made.sinceMs = Date.now();
      onChange(statusOf(service, made));
    });
    policy.onBreak(() => {
      made.trips += 1;
      trips.add(1, { "throughline.service": service });
    });
    breakers.set(service, made);
    return made;
  }

  return {
    async run(service, call) {
      try {
        return await breakerOf(service).policy.execute(call);
      } catch (error) {
        if (error instanceof BrokenCircuitError) throw new ServiceGivenUp(service);
        throw error;
      }
    },
    status: () => [...breakers].map(([service, breaker]) => statusOf(service, breaker)),
  };
}

function statusOf(service: string, { policy, sinceMs, trips }: Breaker): BreakerStatus {
  return { service, state: STATES[policy.state], sinceMs, trips };
}
