/** Where the names of points go in a drawing, so that none lies on another or on a point. */

interface Place {
  readonly x: number;
  readonly y: number;
}

export interface Label extends Place {
  readonly text: string;
}

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

const CHARACTER = 6.6;
const HALF_LINE = 7;
const DOT = 6;
/** How far names may be moved, in pixels: up and down, and to either side of their point. */
const LIFTS = [-16, 16, -30, 30, -44, 44, -58, 58, -72, 72, -90, 90];

/**
 * The left end and the middle line of each label, near the place it is for, inside a frame of that size. Takes the first
 * place that is free; a label without any is left out, because the table names every point.
 */
export function placeLabels(
  labels: readonly Label[],
  dots: readonly Place[],
  frame: { readonly width: number; readonly height: number },
): Label[] {
  const taken: Box[] = dots.map(({ x, y }) => ({ left: x - DOT, right: x + DOT, top: y - DOT, bottom: y + DOT }));
  return labels.flatMap((label) => {
    const width = label.text.length * CHARACTER;
    const free = candidates(label, width).find(
      ({ box }) => isInside(box, frame) && !taken.some((one) => overlaps(box, one)),
    );
    if (free === undefined) return [];
    taken.push(free.box);
    return [{ text: label.text, x: free.box.left, y: free.y }];
  });
}

function candidates({ x, y }: Place, width: number): { box: Box; y: number }[] {
  return [0, ...LIFTS].flatMap((lift) => {
    const lefts = lift === 0 ? [x + 10] : [x - width / 2, x + 6, x - width - 6];
    return lefts.map((left) => {
      const line = y + lift;
      return { y: line, box: { left, right: left + width, top: line - HALF_LINE, bottom: line + HALF_LINE } };
    });
  });
}

function isInside({ left, right, top, bottom }: Box, { width, height }: { width: number; height: number }): boolean {
  return left >= 0 && right <= width && top >= 0 && bottom <= height;
}

function overlaps(a: Box, b: Box): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}
