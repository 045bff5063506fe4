/** Where in an encoded ExportTraceServiceRequest the ids and times of its spans lie. */

/** Offsets into the body; 0 where the field is missing or empty. */
export interface SpanPlace {
  readonly traceAt: number;
  readonly spanAt: number;
  readonly parentAt: number;
  readonly startAt: number;
  readonly endAt: number;
}

const RESOURCE_SPANS = 1;
const SCOPE_SPANS = 2;
const SPAN = 2;

interface Field {
  readonly number: number;
  readonly at: number;
  readonly end: number;
}

export function locateSpans(body: Buffer): SpanPlace[] {
  return fields(body, 0, body.length)
    .filter(({ number }) => number === RESOURCE_SPANS)
    .flatMap(({ at, end }) => fields(body, at, end).filter(({ number }) => number === SCOPE_SPANS))
    .flatMap(({ at, end }) => fields(body, at, end).filter(({ number }) => number === SPAN))
    .map(({ at, end }) => {
      const known = new Map(
        fields(body, at, end)
          .filter((field) => field.end > field.at)
          .map((field) => [field.number, field.at]),
      );
      const place = (number: number) => known.get(number) ?? 0;
      return {
        traceAt: place(1),
        spanAt: place(2),
        parentAt: place(4),
        startAt: place(7),
        endAt: place(8),
      };
    });
}

/** Of a message between two offsets. https://protobuf.dev/programming-guides/encoding/ */
function fields(body: Buffer, start: number, end: number): Field[] {
  const found: Field[] = [];
  let at = start;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = body[at++]!;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  };
  while (at < end) {
    const tag = varint();
    const wireType = tag & 7;
    if (wireType === 0) {
      const valueAt = at;
      varint();
      found.push({ number: tag >>> 3, at: valueAt, end: at });
      continue;
    }
    const size = wireType === 2 ? varint() : wireType === 1 ? 8 : 4;
    found.push({ number: tag >>> 3, at, end: at + size });
    at += size;
  }
  return found;
}
