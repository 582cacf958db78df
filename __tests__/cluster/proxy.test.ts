import { expect, it } from '@jest/globals';
import { proxyFromEnvironment } from '../../src/cluster/proxy.ts';

const PROXY = 'http://proxy.test:3128';

it.each<[string, Record<string, string>, string | undefined]>([
  ['https://api.test', {}, undefined],
  ['https://api.test', { HTTPS_PROXY: PROXY }, PROXY],
  ['https://api.test', { https_proxy: PROXY }, PROXY],
  ['https://api.test', { HTTPS_PROXY: 'proxy.test:3128' }, PROXY],
  ['https://api.test', { HTTP_PROXY: PROXY }, undefined],
  ['http://api.test', { HTTP_PROXY: PROXY }, PROXY],
  ['https://localhost:6443', { HTTPS_PROXY: PROXY }, undefined],
  ['https://127.0.0.3', { HTTPS_PROXY: PROXY }, undefined],
  ['https://[::1]:6443', { HTTPS_PROXY: PROXY }, undefined],
  ['https://api.test', { HTTPS_PROXY: PROXY, NO_PROXY: '*' }, undefined],
  ['https://api.test', { HTTPS_PROXY: PROXY, NO_PROXY: 'other.test, api.test' }, undefined],
  ['https://api.test', { HTTPS_PROXY: PROXY, no_proxy: 'API.test' }, undefined],
  ['https://a.api.test', { HTTPS_PROXY: PROXY, NO_PROXY: 'api.test' }, undefined],
  ['https://notapi.test', { HTTPS_PROXY: PROXY, NO_PROXY: 'api.test' }, PROXY],
  ['https://a.api.test', { HTTPS_PROXY: PROXY, NO_PROXY: '.api.test' }, undefined],
  ['https://a.api.test', { HTTPS_PROXY: PROXY, NO_PROXY: '*.api.test' }, undefined],
  ['https://api.test', { HTTPS_PROXY: PROXY, NO_PROXY: '.api.test' }, PROXY],
  ['https://api.test:6443', { HTTPS_PROXY: PROXY, NO_PROXY: 'api.test:6443' }, undefined],
  ['https://api.test', { HTTPS_PROXY: PROXY, NO_PROXY: 'api.test:6443' }, PROXY],
  ['https://api.test', { HTTPS_PROXY: PROXY, NO_PROXY: 'api.test:443' }, undefined],
  ['https://10.1.2.3', { HTTPS_PROXY: PROXY, NO_PROXY: '10.0.0.0/8' }, undefined],
  ['https://11.1.2.3', { HTTPS_PROXY: PROXY, NO_PROXY: '10.0.0.0/8' }, PROXY],
  ['https://10.1.2.3', { HTTPS_PROXY: PROXY, NO_PROXY: '10.1.2.3:443' }, undefined],
  ['https://10.1.2.3', { HTTPS_PROXY: PROXY, NO_PROXY: '10.0.0.0/99,rubbish/8' }, PROXY],
  ['https://[fd00::5]', { HTTPS_PROXY: PROXY, NO_PROXY: 'fd00::/8' }, undefined],
  ['https://[fd00::5]', { HTTPS_PROXY: PROXY, NO_PROXY: '[fd00::5]:443' }, undefined],
])('%s with %j goes by %s', (target, env, expected) => {
  expect(proxyFromEnvironment(new URL(target), env)).toBe(expected);
});
