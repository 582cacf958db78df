type Attributes = Readonly<Record<string, string | number>>;

export function element(name: string, attributes: Attributes, ...children: readonly string[]): string {
  const pairs = Object.entries(attributes).map(
    ([key, value]) => ` ${key}="${typeof value === 'number' ? +value.toFixed(1) : value}"`,
  );
  return `<${name}${pairs.join('')}${children.length > 0 ? `>${children.join('')}</${name}>` : '/>'}`;
}

export const text = (x: number, y: number, content: string, attributes: Attributes = {}): string =>
  element('text', { x, y, ...attributes }, content.replaceAll('&', '&amp;').replaceAll('<', '&lt;'));

export const line = (x1: number, y1: number, x2: number, y2: number, attributes: Attributes = {}): string =>
  element('line', { x1, y1, x2, y2, stroke: '#d0d7de', ...attributes });

/** Colours and shapes tell the methods apart, so that either will do. */
const MARKS = [
  { colour: '#0969da', path: 'M-5,0a5,5 0 1,0 10,0a5,5 0 1,0 -10,0z' },
  { colour: '#bc4c00', path: 'M0,-6L6,0L0,6L-6,0z' },
  { colour: '#8250df', path: 'M-4.5,-4.5H4.5V4.5H-4.5z' },
  { colour: '#1a7f37', path: 'M0,-5.5L5.5,4.5H-5.5z' },
  { colour: '#57606a', path: 'M0,5.5L5.5,-4.5H-5.5z' },
] as const;

export const colourOf = (method: number): string => MARKS[method]?.colour as string;

export function mark(method: number, x: number, y: number, isHollow = false): string {
  const colour = colourOf(method);
  return element('path', {
    d: MARKS[method]?.path as string,
    transform: `translate(${x.toFixed(1)} ${y.toFixed(1)})`,
    fill: isHollow ? '#fff' : colour,
    stroke: colour,
    'stroke-width': 1.5,
  });
}

export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly title: string;
  /** Lines below the title. */
  readonly notes: readonly string[];
  readonly content: readonly string[];
}

/** The panel is white, so that a page may be dark. */
export function picture({ width, height, title, notes, content }: Picture): string {
  const attributes = {
    xmlns: 'http://www.w3.org/2000/svg',
    width,
    height,
    viewBox: `0 0 ${width} ${height}`,
    role: 'img',
    'font-family': 'system-ui, -apple-system, Segoe UI, Helvetica, Arial, sans-serif',
    'font-size': 13,
    fill: '#1f2328',
  };
  return `${element(
    'svg',
    attributes,
    `\n${element('title', {}, title)}`,
    `\n${element('rect', { width, height, rx: 8, fill: '#fff' })}`,
    `\n${text(24, 34, title, { 'font-size': 18, 'font-weight': 600 })}`,
    ...notes.map((note, index) => `\n${text(24, 56 + 18 * index, note, { fill: '#57606a' })}`),
    ...content.map(one => `\n${one}`),
    '\n',
  )}\n`;
}

/** One row of marks and names, from the left. */
export function legend(names: readonly string[], x: number, y: number, step: number): string[] {
  return names.flatMap((name, index) => [mark(index, x + index * step, y - 4), text(x + index * step + 12, y, name)]);
}

/** From values to pixels; the values at the ends are positive. */
export function logScale(from: readonly [number, number], to: readonly [number, number]): (value: number) => number {
  const [low, high] = from.map(Math.log) as [number, number];
  return value => to[0] + ((Math.log(value) - low) / (high - low)) * (to[1] - to[0]);
}
