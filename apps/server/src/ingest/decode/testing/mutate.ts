/** Ways a body can be wrong: what networks, bugs and attackers do to bytes. */
export type Mutation = (body: Uint8Array, random: () => number, other: Uint8Array) => Uint8Array;

function at(body: Uint8Array, random: () => number): number {
  return Math.floor(random() * body.length);
}

const LENGTHS = [
  [0xff, 0xff, 0xff, 0xff, 0x0f],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
  [0x80, 0x80, 0x80, 0x80, 0x00],
  [0x0b],
  [0x0c],
  [0x00],
];
const JSON_PARTS = [
  '"',
  "{",
  "}",
  "[",
  "]",
  ",",
  ":",
  "\\",
  "\\u12",
  "null",
  "1e999",
  "-",
  "0x1",
  "\u0000",
  "[".repeat(600),
];

export const MUTATIONS: Readonly<Record<string, Mutation>> = {
  truncate: (body, random) => body.slice(0, at(body, random)),
  flipBit(body, random) {
    const copy = body.slice();
    for (let i = Math.ceil(random() * 4); i > 0 && copy.length > 0; i--) {
      const place = at(copy, random);
      copy[place] = copy[place]! ^ (1 << Math.floor(random() * 8));
    }
    return copy;
  },
  setByte(body, random) {
    const copy = body.slice();
    if (copy.length > 0) copy[at(copy, random)] = Math.floor(random() * 256);
    return copy;
  },
  remove(body, random) {
    const start = at(body, random);
    return Buffer.concat([body.slice(0, start), body.slice(start + 1 + Math.floor(random() * 8))]);
  },
  insertLength(body, random) {
    const start = at(body, random);
    const bytes = LENGTHS[Math.floor(random() * LENGTHS.length)]!;
    return Buffer.concat([body.slice(0, start), Uint8Array.from(bytes), body.slice(start)]);
  },
  insertJson(body, random) {
    const start = at(body, random);
    const part = JSON_PARTS[Math.floor(random() * JSON_PARTS.length)]!;
    return Buffer.concat([body.slice(0, start), Buffer.from(part), body.slice(start)]);
  },
  splice: (body, random, other) =>
    Buffer.concat([body.slice(0, at(body, random)), other.slice(at(other, random))]),
  repeat(body, random) {
    const start = at(body, random);
    const part = body.slice(start, start + Math.floor(random() * 200));
    const times = Math.floor(random() * 50);
    return Buffer.concat([
      body.slice(0, start),
      ...Array.from({ length: times }, () => part),
      body.slice(start),
    ]);
  },
  noise: (_body, random) =>
    Uint8Array.from({ length: Math.floor(random() * 400) }, () => Math.floor(random() * 256)),
};
