import { describe, expect, it } from '@jest/globals';
import { sampled } from './asking.ts';
import { saying, webServer } from './web-server.ts';

const KEYS = { 'json-path': '$.v', max: 1 };

/** What is said of a failed fetch with this cause. */
async function said(cause: Error): Promise<string> {
  const failing = async (): Promise<never> => {
    throw new TypeError('fetch failed', { cause });
  };
  const outside = { fetch: failing, credential: () => undefined, env: {} };
  return (await sampled('metric', { url: 'https://api.example', ...KEYS }, { outside })).message;
}

describe('who cannot be asked', () => {
  it.each([
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'it does not speak TLS on this port; say http://'],
    ['ERR_SSL_PACKET_LENGTH_TOO_LONG', 'it does not speak TLS on this port; say http://'],
    ['EPROTO', 'it does not speak TLS on this port; say http://'],
    ['CERT_HAS_EXPIRED', 'its certificate has expired'],
    ['CERT_NOT_YET_VALID', 'its certificate is not valid yet'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'its certificate is for another name'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'its certificate is signed by an unknown authority'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'its certificate is signed by an unknown authority'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'its certificate is signed by an unknown authority'],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'its certificate is signed by an unknown authority'],
  ])('for %s is told in words', async (code, words) => {
    const cause = Object.assign(new Error('C0FE:error:0A00010B:SSL routines'), { code });
    expect(await said(cause)).toMatch(new RegExp(`^https://api\\.example/ cannot be reached: ${words}`));
  });

  it('is asked by TLS where it speaks none', async () => {
    const server = await webServer(saying('{"v": 1}'));
    const { outcome, message } = await sampled('metric', { url: server.url.replace('http:', 'https:'), ...KEYS });
    await server.close();
    expect(outcome).toBe('error');
    expect(message).toMatch(/cannot be reached: it does not speak TLS on this port; say http:\/\/$/);
  });

  it('is on a port that no browser asks', async () => {
    expect((await sampled('metric', { url: 'http://127.0.0.1:6000', ...KEYS })).message).toBe(
      'http://127.0.0.1:6000/ cannot be reached: web clients refuse to ask its port, which belongs to another protocol; let it listen on another',
    );
  });
});
