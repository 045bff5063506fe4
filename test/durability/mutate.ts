/** Damage to request bodies: everything a broken or hostile sender may put on the wire. */
import { gzipSync } from "node:zlib";

export type Random = () => number;

const MUTATIONS: readonly ((body: Buffer, random: Random) => Buffer)[] = [
  flipBits,
  truncate,
  insertNoise,
  repeatSlice,
  removeSlice,
  (body, random) => noise(below(random, body.length + 1), random),
  (body, random) => overwrite(body, Buffer.from("ffffffffffffffffff7f", "hex"), random),
  (body, random) => overwrite(body, Buffer.alloc(8, 0xff), random),
  (body, random) => overwrite(body, Buffer.alloc(16), random),
  (_body, random) => deepProtobuf(1 + below(random, 4000)),
  (_body, random) => deepJson(1 + below(random, 20_000)),
  (body, random) => Buffer.concat([body, body.subarray(0, below(random, body.length))]),
];

/** One mutated body; one in three is damaged twice. */
export function mutated(body: Buffer, random: Random): Buffer {
  const once = pick(MUTATIONS, random)(body, random);
  return random() < 0.33 && once.length > 0 ? pick(MUTATIONS, random)(once, random) : once;
}

export function pick<T>(choices: readonly T[], random: Random): T {
  const choice = choices[below(random, choices.length)];
  if (choice === undefined) throw new Error("There is nothing to pick from.");
  return choice;
}

function below(random: Random, limit: number): number {
  return Math.floor(random() * limit);
}

function noise(length: number, random: Random): Buffer {
  return Buffer.from(Array.from({ length }, () => below(random, 256)));
}

function flipBits(body: Buffer, random: Random): Buffer {
  const damaged = Buffer.from(body);
  for (let flips = 1 + below(random, 8); flips > 0 && damaged.length > 0; flips -= 1) {
    const at = below(random, damaged.length);
    damaged[at] = (damaged[at] ?? 0) ^ (1 << below(random, 8));
  }
  return damaged;
}

function truncate(body: Buffer, random: Random): Buffer {
  return body.subarray(0, below(random, body.length + 1));
}

function insertNoise(body: Buffer, random: Random): Buffer {
  const at = below(random, body.length + 1);
  return Buffer.concat([body.subarray(0, at), noise(1 + below(random, 64), random), body.subarray(at)]);
}

function repeatSlice(body: Buffer, random: Random): Buffer {
  const at = below(random, body.length + 1);
  const slice = body.subarray(at, at + below(random, 200));
  return Buffer.concat([body.subarray(0, at), ...Array.from({ length: 20 }, () => slice), body.subarray(at)]);
}

function removeSlice(body: Buffer, random: Random): Buffer {
  const at = below(random, body.length + 1);
  return Buffer.concat([body.subarray(0, at), body.subarray(at + below(random, 100))]);
}

function overwrite(body: Buffer, bytes: Buffer, random: Random): Buffer {
  const damaged = Buffer.from(body);
  bytes.copy(damaged, below(random, damaged.length + 1));
  return damaged;
}

/** AnyValue arrays inside each other: attribute { value { array { values { array … } } } }. */
function deepProtobuf(depth: number): Buffer {
  let value: Buffer = Buffer.alloc(0);
  for (let level = 0; level < depth; level += 1) value = field(5, field(1, value));
  const attribute = Buffer.concat([field(1, Buffer.from("deep")), field(2, value)]);
  const resource = field(1, attribute);
  return field(1, field(1, resource));
}

function field(number: number, payload: Buffer): Buffer {
  const length: number[] = [];
  let rest = payload.length;
  while (rest >= 0x80) {
    length.push((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  return Buffer.concat([Buffer.from([(number << 3) | 2, ...length, rest]), payload]);
}

function deepJson(depth: number): Buffer {
  return Buffer.from(
    `{"resourceSpans":[{"resource":{"attributes":[{"key":"deep","value":` +
      `{"arrayValue":{"values":[`.repeat(depth) +
      `]}}`.repeat(depth) +
      `}]}}]}`,
  );
}

/** A small body that inflates to a large one. */
export function gzipBomb(inflatedBytes: number): Buffer {
  return gzipSync(Buffer.alloc(inflatedBytes), { level: 9 });
}
