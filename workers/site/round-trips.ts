/** How long the last answers took, from the request to the answer read, as this browser sees it. */
import { element, shape } from './element.ts';

const MOST = 50;
const [WIDTH, HEIGHT] = [200, 40];

export function createRoundTrips() {
  const times: number[] = [];
  const text = element('p', {}, 'No request yet.');
  const drawing = shape('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: 'trips', role: 'img' });

  const show = () => {
    const sorted = times.toSorted((a, b) => a - b);
    const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
    const most = sorted.at(-1) ?? 1;
    text.textContent = `last ${ms(times.at(-1))}, median ${ms(median)}, longest ${ms(most)}, of the last ${times.length}`;
    drawing.setAttribute('aria-label', `Round trips: ${text.textContent}`);
    const width = WIDTH / MOST;
    drawing.replaceChildren(
      ...times.map((time, i) => {
        const height = Math.max(1, (HEIGHT * time) / most);
        return shape('rect', { x: i * width, y: HEIGHT - height, width: width - 1, height });
      }),
    );
  };

  /** Awaits an answer and takes its time down, whatever becomes of it. */
  const time = async <T>(ask: () => Promise<T>): Promise<T> => {
    const start = performance.now();
    try {
      return await ask();
    } finally {
      times.push(performance.now() - start);
      if (times.length > MOST) times.shift();
      show();
    }
  };
  return { element: element('div', {}, drawing, text), time };
}

function ms(value = 0): string {
  return `${value.toFixed(1)} ms`;
}
