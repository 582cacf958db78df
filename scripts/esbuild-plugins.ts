import type { Plugin } from 'esbuild';

/**
 * Stands for the index of undici, which runs all of it (fetch, WebSocket, caches, mocks) when it is imported: about 20 ms
 * of every start. Only what the bundle uses is loaded at once, and fetch when it is first called.
 * A name that is missing here is an error of the build.
 */
const UNDICI = `
import api from 'undici/lib/api/index.js';
import Client from 'undici/lib/dispatcher/client.js';
import Dispatcher from 'undici/lib/dispatcher/dispatcher.js';
import EnvHttpProxyAgent from 'undici/lib/dispatcher/env-http-proxy-agent.js';
import Pool from 'undici/lib/dispatcher/pool.js';
import ProxyAgent from 'undici/lib/dispatcher/proxy-agent.js';
Object.assign(Dispatcher.prototype, api);
export { Client, EnvHttpProxyAgent, Pool, ProxyAgent };
export const fetch = (...args) => require('undici/index.js').fetch(...args);
`;

/** Makes the bundle start faster; its size stays. */
export const lazyUndici: Plugin = {
  name: 'lazy-undici',
  setup(build) {
    build.onResolve({ filter: /^undici$/ }, ({ resolveDir }) => ({
      path: 'undici',
      namespace: 'lazy-undici',
      pluginData: resolveDir,
    }));
    build.onLoad({ filter: /^undici$/, namespace: 'lazy-undici' }, ({ pluginData }) => ({
      contents: UNDICI,
      loader: 'js',
      resolveDir: String(pluginData),
    }));
  },
};
