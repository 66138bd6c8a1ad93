/** An image for a model that takes NCHW tensors: dropped, chosen or drawn, and resized in the page to what it takes. */
import { createTensor, elementCount, type Tensor } from '../../shared/tensor.ts';
import type { Editor, EditorOptions } from './editor.ts';
import { element } from './element.ts';
import type { InputSpec, Model } from './model.ts';
import { centred, letDraw, SHEET } from './sheet.ts';

/** Pixels of a side that a model leaves open, and of the largest image that is drawn by hand. */
const [OPEN_SIDE, MAX_DRAWN] = [224, 64];

/** Whether the only input is a batch of images, grey or in colours. */
export function isPicture({ inputs: [input, ...others] }: Model): boolean {
  const [, channels = 0, ...sides] = input?.shape ?? [];
  const isKnown = ['FP32', 'UINT8'].includes(input?.datatype ?? '');
  return isKnown && others.length === 0 && [1, 3].includes(channels) && sides.length === 2;
}

export function createPicture({ model, example, changed }: EditorOptions): Editor {
  const spec = model.inputs[0] ?? { name: '', datatype: 'FP32', shape: [] };
  const [, channels = 1, height = 0, width = 0] = spec.shape.map((size) => (size === -1 ? OPEN_SIDE : size));
  const [sheet, small] = [createCanvas(SHEET, SHEET), createCanvas(width, height)];
  const isDrawn = channels === 1 && width === height && width <= MAX_DRAWN;
  let tensor: Tensor | undefined;

  const take = (source: CanvasImageSource, [x, y, w, h]: readonly [number, number, number, number]) => {
    small.reset();
    small.imageSmoothingQuality = 'high';
    small.drawImage(source, x, y, w, h);
    tensor = toTensor(small, spec, channels);
    changed();
  };
  const takeFile = async (file: Blob | undefined) => {
    if (file === undefined) return;
    const picture = await createImageBitmap(file);
    sheet.reset();
    sheet.drawImage(picture, 0, 0, SHEET, SHEET);
    take(picture, [0, 0, width, height]);
  };
  const show = (shown: Tensor | undefined) => {
    sheet.reset();
    if (shown !== undefined) paint(small, shown, spec);
    if (shown !== undefined) sheet.drawImage(small.canvas, 0, 0, SHEET, SHEET);
    tensor = shown;
    changed();
  };
  if (isDrawn) {
    letDraw(sheet, () => {
      const [x, y, size] = centred(sheet, width);
      take(sheet.canvas, [x, y, size, size]);
    });
    sheet.canvas.tabIndex = 0;
  }
  const about = isDrawn ? 'Draw here, with a pointer or the arrow keys, or drop a picture.' : 'Drop a picture here.';
  sheet.canvas.role = 'img';
  sheet.canvas.ariaLabel = about;
  const choose = element('input', { type: 'file', accept: 'image/*', id: 'picture' });
  choose.addEventListener('change', () => void takeFile(choose.files?.[0]).catch(() => show(undefined)));
  const zone = element('div', { class: 'picture' }, element('p', { class: 'hint' }, about), sheet.canvas);
  zone.addEventListener('dragover', (event) => event.preventDefault());
  zone.addEventListener('drop', (event) => {
    event.preventDefault();
    void takeFile(event.dataTransfer?.files[0]).catch(() => show(undefined));
  });
  const button = (text: string, onclick: () => void) => element('button', { type: 'button', onclick }, text);
  zone.append(
    element(
      'p',
      { class: 'buttons' },
      button('Clear', () => show(undefined)),
      button('Example', () => show(example[0])),
    ),
    element('p', {}, element('label', { for: 'picture' }, 'A picture of yours: '), choose),
  );
  return {
    element: zone,
    read: () => {
      if (tensor === undefined) throw new Error(`${spec.name}: expected a picture, got none. ${about}`);
      return [tensor];
    },
  };
}

function createCanvas(width: number, height: number): CanvasRenderingContext2D {
  const context = Object.assign(element('canvas'), { width, height }).getContext('2d', { willReadFrequently: true });
  if (context === null) throw new Error('expected a browser that draws, got one that does not');
  return context;
}

/** The least and the largest element. */
function rangeOf({ datatype, min = 0, max }: InputSpec): readonly [min: number, span: number] {
  return [min, (max ?? (datatype === 'UINT8' ? 255 : 1)) - min];
}

/** A batch of one: the colours one after another, or the brightness. What is transparent is black. */
function toTensor(from: CanvasRenderingContext2D, spec: InputSpec, channels: number): Tensor {
  const { width, height } = from.canvas;
  const { data } = from.getImageData(0, 0, width, height);
  const [min, span] = rangeOf(spec);
  const colour = (pixel: number, channel: number) => (data[pixel * 4 + channel] ?? 0) / 255;
  const shape = [1, channels, height, width];
  const values = Array.from({ length: elementCount(shape) }, (_, i) => {
    const [channel, pixel] = [Math.floor(i / (width * height)), i % (width * height)];
    const grey = 0.299 * colour(pixel, 0) + 0.587 * colour(pixel, 1) + 0.114 * colour(pixel, 2);
    return min + span * colour(pixel, 3) * (channels === 1 ? grey : colour(pixel, channel));
  });
  const elements = spec.datatype === 'UINT8' ? Uint8Array.from(values, Math.round) : Float32Array.from(values);
  return createTensor(spec.name, spec.datatype, shape, elements);
}

/** The first image of a batch. */
function paint(to: CanvasRenderingContext2D, { shape, data }: Tensor, spec: InputSpec): void {
  const { width, height } = to.canvas;
  const [min, span] = rangeOf(spec);
  const pixels = Uint8ClampedArray.from({ length: width * height * 4 }, (_, i) => {
    const channel = shape[1] === 1 ? 0 : i % 4;
    return i % 4 === 3 ? 255 : (255 * (Number(data[channel * width * height + Math.floor(i / 4)]) - min)) / span;
  });
  to.putImageData(new ImageData(pixels, width, height), 0, 0);
}
