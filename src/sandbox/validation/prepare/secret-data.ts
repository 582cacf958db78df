import type { KubeObject } from '../../../kube.ts';

/** Folds the write-only `stringData` of a Secret into `data`. */
export function withStringData(secret: KubeObject): KubeObject {
  const { stringData, ...rest } = secret;
  if (!stringData) return secret;
  const encoded = Object.fromEntries(
    Object.entries(stringData as Record<string, string>).map(([key, value]) => [
      key,
      Buffer.from(value).toString('base64'),
    ]),
  );
  return { ...rest, data: { ...(secret.data as Record<string, string> | undefined), ...encoded } } as KubeObject;
}
