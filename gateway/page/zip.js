// A zip file of files as they are, not compressed: photos are compressed already (PKWARE's APPNOTE 6.3).

const UTF8 = 0x800; // names are in UTF-8
const VERSION = 20;
const MOST_BYTES = 0xffffffff; // larger ones would need Zip64

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

function crc32(bytes) {
  let crc = -1;
  for (const byte of bytes) crc = (crc >>> 8) ^ CRC_TABLE[(crc ^ byte) & 0xff];
  return ~crc >>> 0;
}

/** Numbers as little-endian bytes: [size in bytes, value] each. */
function fields(...pairs) {
  const bytes = [];
  for (const [size, value] of pairs) for (let i = 0; i < size; i++) bytes.push((value / 2 ** (8 * i)) & 0xff);
  return Uint8Array.from(bytes);
}

const stamp = (date) =>
  (((date.getFullYear() - 1980) << 9) | ((date.getMonth() + 1) << 5) | date.getDate()) * 65536 +
  ((date.getHours() << 11) | (date.getMinutes() << 5) | (date.getSeconds() >> 1));

/** The parts of a zip file, to be written one after another, of files {name, bytes: Uint8Array}, each under a name of its own. Throws RangeError. */
export function zipParts(files, date = new Date()) {
  const parts = [];
  const directory = [];
  let offset = 0;
  const add = (list, part) => (list.push(part), part.length);
  const names = distinct(files.map(({ name }) => name));
  for (const [i, { bytes }] of files.entries()) {
    const encodedName = new TextEncoder().encode(names[i]);
    const size = bytes.length;
    const common = [[2, VERSION], [2, UTF8], [2, 0], [4, stamp(date)], [4, crc32(bytes)], [4, size], [4, size]];
    common.push([2, encodedName.length], [2, 0]);
    add(directory, fields([4, 0x02014b50], [2, VERSION], ...common, [2, 0], [2, 0], [2, 0], [4, 0], [4, offset]));
    add(directory, encodedName);
    for (const part of [fields([4, 0x04034b50], ...common), encodedName, bytes]) offset += add(parts, part);
  }
  const size = directory.reduce((sum, part) => sum + part.length, 0);
  if (offset + size > MOST_BYTES || files.length > 0xffff) throw new RangeError("too large for a zip file");
  const count = files.length;
  const end = fields([4, 0x06054b50], [2, 0], [2, 0], [2, count], [2, count], [4, size], [4, offset], [2, 0]);
  return [...parts, ...directory, end];
}

/** The names, each made different from those before it: "a.jpg", "a (2).jpg". */
export function distinct(names) {
  const taken = new Set();
  return names.map((name) => {
    const [, stem, suffix] = /^(.*?)(\.[^.]*)?$/.exec(name);
    let free = name;
    for (let i = 2; taken.has(free); i++) free = `${stem} (${i})${suffix ?? ""}`;
    taken.add(free);
    return free;
  });
}
