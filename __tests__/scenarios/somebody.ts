import { parseAllDocuments } from 'yaml';
import type { KubeObject } from '../../src/kube.ts';
import type { SandboxWorld } from './world.ts';

const TYPES = {
  apply: 'application/apply-patch+yaml',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
} as const;

/** Brings manifests to the cluster as another tool does: server-side, or as `kubectl apply` does by itself. Answers with each status and message. */
export async function applyAs(
  { server, cluster, namespace }: SandboxWorld,
  manager: string,
  manifests: string,
  how: keyof typeof TYPES = 'apply',
): Promise<string[]> {
  const answers: string[] = [];
  for (const document of parseAllDocuments(manifests)) {
    const object = document.toJS() as KubeObject;
    const { plural } = await cluster.kind(object);
    const root = object.apiVersion.includes('/') ? `apis/${object.apiVersion}` : `api/${object.apiVersion}`;
    const url = `${server.url}/${root}/namespaces/${namespace}/${plural}/${object.metadata.name}?fieldManager=${manager}`;
    const reply = await fetch(url, {
      method: 'PATCH',
      headers: { 'content-type': TYPES[how], 'user-agent': manager },
      body: JSON.stringify(object),
    });
    const { message = '' } = (await reply.json()) as { message?: string };
    answers.push([reply.status, message].filter(Boolean).join(' '));
  }
  return answers;
}
