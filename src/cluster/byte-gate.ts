/** Lets so many bytes be under way at a time; what is larger than that goes alone. First come, first served. */
export interface ByteGate {
  /** Waits for room; the returned function gives it back. Rejects with the signal's reason when it is aborted. */
  enter(bytes: number, signal: AbortSignal): Promise<() => void>;
}

export function openByteGate(limit: number): ByteGate {
  let under = 0;
  const waiting: { bytes: number; admit: () => void }[] = [];

  const leave = (bytes: number): void => {
    under -= bytes;
    for (let next = waiting[0]; next && fits(next.bytes); next = waiting[0]) {
      waiting.shift();
      next.admit();
    }
  };
  const fits = (bytes: number): boolean => under === 0 || under + bytes <= limit;

  return {
    enter: (bytes, signal) =>
      new Promise((resolve, reject) => {
        const entry = {
          bytes,
          admit: () => {
            signal.removeEventListener('abort', abort);
            under += bytes;
            resolve(() => leave(bytes));
          },
        };
        const abort = (): void => {
          const place = waiting.indexOf(entry);
          if (place >= 0) waiting.splice(place, 1);
          // Those behind may be small enough for the room that this one waited for.
          leave(0);
          reject(signal.reason);
        };
        if (signal.aborted) reject(signal.reason);
        else if (bytes === 0 || (waiting.length === 0 && fits(bytes))) entry.admit();
        else {
          waiting.push(entry);
          signal.addEventListener('abort', abort, { once: true });
        }
      }),
  };
}
