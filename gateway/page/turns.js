// Whether the browser has turned a photo as the server has: not all read the orientation of every format.

const CLEARLY = 0.8; // of the error as it is: with less, the photo must have been turned
const LEAST = 1; // code value of mean error below which a picture is too even to tell

/** Whether a square picture is like another as it is, rather than turned or mirrored.
 *
 * ours, theirs: grey values (size · size). The other may be blurred in parts.
 */
export function isTurnedAlike(ours, theirs, size) {
  const last = size - 1;
  const places = [
    (x, y) => [x, y], (x, y) => [last - x, y], (x, y) => [x, last - y], (x, y) => [last - x, last - y],
    (x, y) => [y, x], (x, y) => [last - y, x], (x, y) => [y, last - x], (x, y) => [last - y, last - x],
  ];
  const [asItIs, ...turned] = places.map((place) => {
    let sum = 0;
    for (let y = 0; y < size; y++) {
      for (let x = 0; x < size; x++) {
        const [column, row] = place(x, y);
        sum += Math.abs(ours[row * size + column] - theirs[y * size + x]);
      }
    }
    return sum / size ** 2;
  });
  return asItIs < LEAST || Math.min(...turned) >= CLEARLY * asItIs;
}

/** Whether a file is a WebP with EXIF, in whose orientation browsers differ: VP8X is its first chunk, flags at 20. */
export function mayBeTurned(bytes) {
  const text = String.fromCharCode(...bytes.slice(0, 16));
  return text.startsWith("RIFF") && text.endsWith("WEBPVP8X") && (bytes[20] & 0x08) !== 0;
}
