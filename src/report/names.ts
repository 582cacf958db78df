import { type ObjectRef, refText } from '../kube.ts';
import { code, type Markdown } from './markdown.ts';
import type { ReportModel } from './model.ts';

/** Kind and name; the namespace too where the report is about several. */
export function objectName(ref: ObjectRef, model: Pick<ReportModel, 'namespaces'>): string {
  const [only] = model.namespaces;
  return model.namespaces.length === 1 && ref.namespace === only ? `${ref.kind} ${ref.name}` : refText(ref);
}

export function objectCode(ref: ObjectRef, model: Pick<ReportModel, 'namespaces'>): Markdown {
  return code(objectName(ref, model));
}

/** What is wrong, without the file and line at its front: where they are shown beside it. */
export function withoutPlace({ message, file, line }: { message: string; file?: string; line?: number }): string {
  if (!file) return message;
  const place = [`${file}:${line}: `, `${file}: `].find(prefix => message.startsWith(prefix)) ?? '';
  return message.slice(place.length);
}

/** An image without what a reader need not compare: digests are cut to twelve digits. */
export function imageText(image: string): string {
  return image.replace(/(@sha256:[0-9a-f]{12})[0-9a-f]{52}$/, '$1…');
}

/** Old and new; where only tag or digest differ, the repository is named once. */
export function imageChange(from: string | undefined, to: string): { from?: string; to: string } {
  if (from === undefined || from === to) return { to: imageText(to) };
  const repository = repositoryOf(to);
  const short = repositoryOf(from) === repository ? to.slice(repository.length).replace(/^[:@]/, '') : to;
  return { from: imageText(from), to: imageText(short === '' ? 'latest' : short) };
}

function repositoryOf(image: string): string {
  const name = image.split('@')[0] as string;
  const tag = name.lastIndexOf(':');
  return tag > name.lastIndexOf('/') ? name.slice(0, tag) : name;
}
