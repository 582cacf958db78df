import { describe, expect } from '@jest/globals';
import fc from 'fast-check';
import { deployment, documents } from './objects.ts';
import { onSandbox, type SandboxWorld } from './world.ts';

const secret = (value: string, more = ''): string => `apiVersion: v1
kind: Secret
metadata: {name: keys}
${more}stringData: {password: ${JSON.stringify(value)}}
`;

/** Everything that a run shows or leaves where people look; the runner hides what was masked from the log, so masks are not shown. */
async function shown({ run, cluster, namespace }: SandboxWorld, inputs: Record<string, string> = {}): Promise<string> {
  const { log, summary, outputs, state } = await run(inputs);
  const records = await cluster.list(
    { apiVersion: 'v1', kind: 'Secret' },
    { namespace, labelSelector: 'sluice.dev/record' },
  );
  const labels = records.items.map(({ metadata }) => metadata);
  const visible = log.split('\n').filter(line => !line.startsWith('::add-mask::'));
  return JSON.stringify([visible, summary, outputs, state, labels]);
}

function expectHidden(text: string, value: string): void {
  for (const form of [value, Buffer.from(value).toString('base64'), JSON.stringify(value).slice(1, -1)])
    expect(text).not.toContain(form);
}

describe('secret-never-shown', () => {
  onSandbox('in a release that succeeds, whatever the value is', async world => {
    const value = fc.stringMatching(/^[A-Za-z0-9+/:@"\\ -]{8,40}$/).filter(text => text.trim() === text);
    await fc.assert(
      fc.asyncProperty(value, async text => {
        await world.write({ 'secret.yaml': secret(text) });
        expectHidden(await shown(world), text);
      }),
      { numRuns: 10 },
    );
  });

  onSandbox('in the log of a container that prints it before it crashes', async world => {
    const value = 's3cr3t-of-the-shop';
    const log = `connecting with ${value} failed`;
    const annotations = { 'sandbox.sluice.dev/crash': 'true', 'sandbox.sluice.dev/log': log };
    await world.write({ 'all.yaml': documents(secret(value), deployment({ annotations })) });
    const text = await shown(world);
    expect(text).toContain('connecting with *** failed');
    expectHidden(text, value);
  });

  onSandbox('in an error of the API that quotes it', async world => {
    const value = 'not-base64!-but-secret';
    await world.write({
      'secret.yaml': `apiVersion: v1\nkind: Secret\nmetadata: {name: keys}\ndata: {password: ${JSON.stringify(value)}}\n`,
    });
    const text = await shown(world);
    expect(text).toContain('failed');
    expectHidden(text, value);
  });

  onSandbox('in an error about the manifest that holds it', async world => {
    const value = 'written-in-a-broken-file';
    await world.write({ 'secret.yaml': `${secret(value)}  password: ${value}\n bad indent: [${value}\n` });
    expectHidden(await shown(world), value);
  });

  onSandbox('of the kubeconfig: its token is masked and nowhere else', async world => {
    const token = 'a-token-of-a-service-account';
    world.server.sandbox.core.tokens.set(token, { name: 'deployer', groups: ['system:masters'] });
    await world.write({ 'web.yaml': deployment() });
    const kubeconfig = Buffer.from(world.server.kubeconfigFor(token)).toString('base64');
    const { log } = await world.run({ kubeconfig });
    expect(log).toContain(`::add-mask::${token}`);
    expectHidden(await shown(world, { kubeconfig }), token);
  });
});
