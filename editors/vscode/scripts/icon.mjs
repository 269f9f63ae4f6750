/** Draws media/icon.png: a railway turnout, the way on and the way off. Run it to change the icon. */

import { writeFileSync } from 'node:fs';
import { crc32, deflateSync } from 'node:zlib';

const SIZE = 256;
const BACK = [27, 39, 51];
const STRAIGHT = [126, 146, 163];
const BRANCH = [82, 211, 148];

const curve = (x, reach) =>
  Array.from({ length: 200 }, (_, index) => {
    const t = index / 199;
    const ease = t * t * (3 - 2 * t);
    return [x + reach * ease, SIZE - 28 - t * (SIZE - 56)];
  });
const layers = [
  ...[88, 124].map((x) => ({ points: curve(x, 0), color: STRAIGHT })),
  ...[88, 124].map((x) => ({ points: curve(x, 76), color: BRANCH })),
];

/** How much of a pixel lies within a distance of an edge. */
const cover = (distance) => Math.min(1, Math.max(0, 0.5 - distance));

function corner(x, y) {
  const radius = 48;
  const [dx, dy] = [x, y].map((at) => Math.max(radius - at, at - (SIZE - radius), 0));
  return cover(Math.hypot(dx, dy) - radius);
}

function pixel(x, y) {
  let color = BACK;
  for (const layer of layers) {
    const nearest = Math.min(...layer.points.map(([px, py]) => Math.hypot(px - x, py - y)));
    const share = cover(nearest - 7);
    color = color.map((part, index) => part + (layer.color[index] - part) * share);
  }
  return [...color.map(Math.round), Math.round(255 * corner(x, y))];
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}

const rows = Array.from({ length: SIZE }, (_, y) => [
  0,
  ...Array.from({ length: SIZE }, (_, x) => pixel(x + 0.5, y + 0.5)).flat(),
]);
const header = Buffer.from([
  0,
  0,
  SIZE >> 8,
  SIZE & 255,
  0,
  0,
  SIZE >> 8,
  SIZE & 255,
  8,
  6,
  0,
  0,
  0,
]);
writeFileSync(
  'media/icon.png',
  Buffer.concat([
    Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.from(rows.flat()), { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]),
);
