import type { SandboxServer } from '../../../src/sandbox/server.ts';

export interface Reply {
  status: number;
  body: { message?: string; metadata?: Record<string, unknown>; [field: string]: unknown };
}

/** Sends JSON (patches as merge patches, lists as JSON patches) over plain HTTP, where everybody is the administrator. */
export function client(server: () => SandboxServer) {
  return async (method: string, path: string, body?: unknown): Promise<Reply> => {
    const patch = Array.isArray(body) ? 'application/json-patch+json' : 'application/merge-patch+json';
    const type = method === 'PATCH' ? patch : 'application/json';
    const response = await fetch(server().url + path, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': type } }),
    });
    const text = await response.text();
    const json = response.headers.get('content-type') === 'application/json';
    return { status: response.status, body: (json ? JSON.parse(text) : { message: text }) as Reply['body'] };
  };
}
