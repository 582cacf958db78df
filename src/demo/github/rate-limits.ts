import type { Clock } from '../../clock.ts';

const HOUR_MS = 3_600_000;
const WITHOUT_TOKEN = 60;

interface Window {
  used: number;
  resetAt: number;
}

/** How many requests each token has made in its hour. */
export class RateLimits {
  readonly #clock: Clock;
  readonly #perHour: number;
  readonly #windows = new Map<string, Window>();

  constructor(clock: Clock, perHour: number) {
    this.#clock = clock;
    this.#perHour = perHour;
  }

  /** Whether there was one left. */
  take(token: string | undefined): boolean {
    const window = this.#window(token);
    if (window.used >= this.#limit(token)) return false;
    window.used += 1;
    return true;
  }

  headers(token: string | undefined): Record<string, string> {
    const { used, resetAt } = this.#window(token);
    const limit = this.#limit(token);
    return {
      'x-ratelimit-limit': String(limit),
      'x-ratelimit-remaining': String(limit - used),
      'x-ratelimit-used': String(used),
      'x-ratelimit-reset': String(Math.ceil(resetAt / 1000)),
    };
  }

  #limit(token: string | undefined): number {
    return token === undefined ? WITHOUT_TOKEN : this.#perHour;
  }

  #window(token = ''): Window {
    const now = this.#clock.now();
    const known = this.#windows.get(token);
    if (known && known.resetAt > now) return known;
    const window = { used: 0, resetAt: now + HOUR_MS };
    this.#windows.set(token, window);
    return window;
  }
}
