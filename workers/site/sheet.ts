/** A sheet to draw on, with a pointer or the arrow keys: white strokes, as in the images that digits are learnt from. */

/** Pixels of a side, width of a stroke, and how far one press of an arrow key goes. */
export const SHEET = 280;
const STROKE = 22;
const STEP = 14;

/** How much of an image a drawing fills in the MNIST database, whose digits lie with their centre of mass in the middle. */
const FILLED = 20 / 28;

const KEYS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-STEP, 0],
  ArrowRight: [STEP, 0],
  ArrowUp: [0, -STEP],
  ArrowDown: [0, STEP],
};

/** Lets people draw; with Shift an arrow key only moves the pen. `drawn` is called after every stroke's part. */
export function letDraw(pen: CanvasRenderingContext2D, drawn: () => void): void {
  let at = { x: SHEET / 2, y: SHEET / 4 };
  const line = (to: typeof at) => {
    Object.assign(pen, { strokeStyle: 'white', lineWidth: STROKE, lineCap: 'round' });
    pen.beginPath();
    pen.moveTo(at.x, at.y);
    pen.lineTo(to.x, to.y);
    pen.stroke();
    at = to;
    drawn();
  };
  const { canvas } = pen;
  const place = ({ offsetX, offsetY }: PointerEvent) => {
    return { x: (offsetX * SHEET) / canvas.clientWidth, y: (offsetY * SHEET) / canvas.clientHeight };
  };
  canvas.addEventListener('pointerdown', (event) => {
    canvas.setPointerCapture(event.pointerId);
    at = place(event);
    line(at);
  });
  canvas.addEventListener('pointermove', (event) => {
    if (event.buttons !== 0) line(place(event));
  });
  canvas.addEventListener('keydown', (event) => {
    const [x, y] = KEYS[event.key] ?? [0, 0];
    if (x === 0 && y === 0) return;
    event.preventDefault();
    const to = { x: at.x + x, y: at.y + y };
    if (event.shiftKey) at = to;
    else line(to);
  });
}

/** Where the sheet lies on an image of `side` pixels, so that the drawing on it fills the middle. */
export function centred(pen: CanvasRenderingContext2D, side: number): readonly [x: number, y: number, size: number] {
  const { data } = pen.getImageData(0, 0, SHEET, SHEET);
  const sum = { mass: 0, x: 0, y: 0 };
  const [xs, ys]: [number[], number[]] = [[], []];
  for (let i = 0; i < SHEET * SHEET; i++) {
    const ink = data[i * 4 + 3] ?? 0;
    if (ink === 0) continue;
    const [x, y] = [i % SHEET, Math.floor(i / SHEET)];
    sum.mass += ink;
    sum.x += ink * x;
    sum.y += ink * y;
    xs.push(x);
    ys.push(y);
  }
  const span = (list: number[]) =>
    list.reduce((most, one) => Math.max(most, one), 0) - list.reduce((least, one) => Math.min(least, one), SHEET);
  const scale = (side * FILLED) / Math.max(1, span(xs), span(ys));
  return [side / 2 - (scale * sum.x) / sum.mass, side / 2 - (scale * sum.y) / sum.mass, scale * SHEET];
}
