// Rectangles {x, y, width, height} of whole pixels.

/** The smallest rectangle with every point {x, y} and `margin` around it, within a picture; it may be empty. */
export function around(points, margin, { width, height }) {
  const clamp = (value, most) => Math.min(most, Math.max(0, value));
  const xs = points.map((point) => point.x);
  const ys = points.map((point) => point.y);
  const left = clamp(Math.floor(Math.min(...xs) - margin), width);
  const top = clamp(Math.floor(Math.min(...ys) - margin), height);
  const right = clamp(Math.ceil(Math.max(...xs) + margin), width);
  const bottom = clamp(Math.ceil(Math.max(...ys) + margin), height);
  return { x: left, y: top, width: right - left, height: bottom - top };
}

export const isEmpty = ({ width, height }) => width <= 0 || height <= 0;

/** The smallest rectangle with both in it; an empty one counts for nothing. */
export function union(one, other) {
  if (isEmpty(one)) return other;
  if (isEmpty(other)) return one;
  const x = Math.min(one.x, other.x);
  const y = Math.min(one.y, other.y);
  return {
    x,
    y,
    width: Math.max(one.x + one.width, other.x + other.width) - x,
    height: Math.max(one.y + one.height, other.y + other.height) - y,
  };
}

/** All of a picture. */
export const whole = ({ width, height }) => ({ x: 0, y: 0, width, height });
