const CHECK = 'M4.3 8.3l2.4 2.4 5-5.2';
const CROSS = 'M5 5l6 6M11 5l-6 6';
const PAUSE = 'M6.3 5v6M9.7 5v6';
const STOP = 'M5.2 5.2h5.6v5.6h-5.6z';
const BACK = 'M6.8 4.6L4.4 7l2.4 2.4M4.6 7h4.6a2.2 2.2 0 0 1 0 4.4H7.4';
const PLAY = 'M6.4 4.8l4.6 3.2-4.6 3.2z';
const HANDS = 'M8 4.4V8l2.4 1.6';

/** Path within 16 by 16, and class, of the signs that reports use; the words beside them say the same. */
const ICONS: Readonly<Record<string, readonly [path: string, tone: string]>> = {
  '✅': [CHECK, 'good'],
  '❌': [CROSS, 'bad'],
  '🛑': [STOP, 'bad'],
  '↩️': [BACK, 'warn'],
  '⏸️': [PAUSE, 'warn'],
  '⏳': [HANDS, 'warn'],
  '▶️': [PLAY, 'warn'],
};

/** Draws the signs, since not every machine has a font for them. */
export function withIcons(html: string): string {
  return html.replace(/✅|❌|🛑|↩️|⏸️|⏳|▶️/gu, sign => {
    const [path, tone] = ICONS[sign] ?? ['', ''];
    return `<svg class="icon ${tone}" viewBox="0 0 16 16" aria-hidden="true"><circle cx="8" cy="8" r="7.5"/><path d="${path}"/></svg>`;
  });
}
