import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { holdsYaml, loadReleaseConfig } from '../../src/config/load-config.ts';
import { NOTHING_SAID } from '../../src/config/release-config.ts';
import { refusal } from './refusal.ts';

describe('the input config', () => {
  it.each([
    'strategy: canary',
    'steps:',
    '{strategy: canary}',
    '{"strategy":"canary"}',
    'a\nb',
    '"hold": 1m',
    '\n\nhold: 1m\n',
  ])('holds YAML: %j', input => expect(holdsYaml(input)).toBe(true));

  it.each([
    'sluice.yaml',
    'deploy/sluice.yaml',
    ' a b.yaml\n',
    'C:\\deploy\\sluice.yaml',
    'https://example.com/x.yaml',
    'a:b',
  ])('names a file: %j', input => expect(holdsYaml(input)).toBe(false));

  describe('in a workspace', () => {
    let workspace = '';
    const load = (input: string) => loadReleaseConfig(input, { workspace });

    beforeAll(async () => {
      workspace = await mkdtemp(join(tmpdir(), 'sluice-config-'));
      await mkdir(join(workspace, 'deploy'));
      await writeFile(join(workspace, 'deploy/sluice.yaml'), '\uFEFFstrategy: canary\n');
      await writeFile(join(workspace, 'deploy/wrong.yaml'), 'hold: 1m\nsettle: 5\n');
      await writeFile(join(workspace, 'large.yaml'), `#${' '.repeat(1024 * 1024)}`);
      await writeFile(join(workspace, 'utf16.yaml'), Buffer.from('\uFEFFhold: 1m', 'utf16le'));
    });
    afterAll(() => rm(workspace, { recursive: true }));

    it('is read from its file, or from itself, or says nothing', async () => {
      const canary = { ...NOTHING_SAID, strategy: 'canary' };
      expect(await load('deploy/sluice.yaml\n')).toEqual(canary);
      expect(await load(join(workspace, 'deploy/sluice.yaml'))).toEqual(canary);
      expect(await load('strategy: canary')).toEqual(canary);
      expect(await load(' ')).toEqual(NOTHING_SAID);
    });

    it('names the file as the repository does', async () => {
      const { problems } = await refusal(() => load('./deploy/wrong.yaml'));
      expect(problems).toEqual([
        {
          file: 'deploy/wrong.yaml',
          line: 2,
          column: 1,
          message: expect.stringMatching(/^deploy\/wrong\.yaml:2: settle: 5/),
        },
      ]);
    });

    it.each([
      ['none.yaml', /^Input config: none\.yaml does not exist \(looked for in .+sluice-config-.+\)\.$/],
      ['deploy/sluice.yaml/x', /does not exist/],
      ['deploy', /^Input config: deploy is a folder; name a file in it\.$/],
      ['/dev/null', /^Input config: \/dev\/null is no file\.$/],
      ['large.yaml', /^Input config: large\.yaml is larger than 1 MiB\.$/],
      ['utf16.yaml', /is encoded as UTF-16/],
      [`hold: 1m\n#${' '.repeat(1024 * 1024)}x`, /^Input config: it is larger than 1 MiB\.$/],
    ])('is refused where it cannot be read: %.30j', async (input, message) => {
      const error = await refusal(() => load(input));
      expect(error.message).toMatch(message);
      expect(error).toMatchObject({ code: 'invalid-input', problems: [{ message: error.message }] });
    });
  });
});
