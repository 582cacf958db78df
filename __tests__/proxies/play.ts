import { afterAll, expect } from '@jest/globals';
import type { StepResult } from '../../src/demo/runner.ts';
import type { KubeObject } from '../../src/kube.ts';
import type { Window } from './client.ts';
import type { Clients, Lab, Router } from './lab.ts';
import { type Held, lossesOf, release, requests, SOME_REQUESTS } from './measure.ts';
import { deployment, imageOf, service } from './objects.ts';

/** Real time, with a hold in which more than a thousand requests are sent. */
const TIMES = { settle: '1s', drain: '1s', hold: '6s' };

/** What the user has in the repository. */
const manifests = (router: Router, version: number): KubeObject[] => [
  deployment({ version, replicas: 3 }),
  service(),
  ...router.route(),
];

/** A release, and what was answered meanwhile. */
export interface Part {
  result: StepResult;
  held: readonly Held[];
  /** Requests after its end. */
  after: Window;
  /** Requests that were lost from the beginning of the play until then. */
  losses: string[];
}

/** A first version under requests, and what is released over it. */
export interface Play {
  deploy(version: number, inputs: Record<string, string>): Promise<Part>;
  reject(): Promise<Part>;
}

export async function begin(router: Router, lab: Lab): Promise<Play> {
  const world = lab.world(router);
  const base = { ...TIMES, traffic: router.name, manifests: '.' };
  const first = await world.run({ ...base, strategy: 'canary' }, manifests(router, 1));
  if (first.exitCode !== 0) throw new Error(`The first version was not deployed:\n${first.log}`);
  const clients = await world.open();
  const part = async (story: string, inputs: Record<string, string>, files: readonly KubeObject[]): Promise<Part> => {
    const { result, held } = await release(world, clients, inputs, files);
    const after = await requests(clients, SOME_REQUESTS);
    told.push(`${router.program.name}, ${router.name}, ${story}: ${textOf(held, clients)}`);
    return { result, held, after, losses: lossesOf(clients) };
  };
  return {
    deploy: (version, inputs) => part(inputs['strategy'] ?? '', { ...base, ...inputs }, manifests(router, version)),
    reject: () => part('reject', { action: 'reject' }, []),
  };
}

/** For all who read the run: what each weight came to, and how many requests there were. */
const told: string[] = [];
afterAll(() => {
  if (told.length > 0) console.info(told.join('\n'));
});

function textOf(held: readonly Held[], { client, plane }: Clients): string {
  const shares = held.map(({ weight, window: { tracks, answers } }) => {
    const counts = Object.entries(tracks).map(([track, count]) => `${count} ${track}`);
    return `${weight} % came to ${counts.join(' and ')} of ${answers}`;
  });
  const { requests: sent, answers } = client.all;
  const all = `${sent} requests, ${sent - answers} lost, ${client.repeated} sent again over another connection`;
  return [...shares, all, `${plane.reloads} reloads so far`].join('; ');
}

/** The release ended like this, without a loss, and this version has all requests. */
export function expectEnd({ result, after, losses }: Part, outputs: Record<string, string>, version: number): void {
  const { phase, reason } = result.outputs;
  expect({ phase, reason, log: result.log }).toMatchObject(outputs);
  expect(losses).toEqual([]);
  expect(after.images).toEqual({ [imageOf(version)]: after.answers });
}
