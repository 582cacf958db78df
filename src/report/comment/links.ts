import { link, type Markdown } from '../markdown.ts';
import type { Facts } from '../model.ts';
import { oneLine } from '../plain-text.ts';
import { quoted } from './quote.ts';

const RUN = /^\/[\w.-]+\/[\w.-]+\/actions\/runs\/\d+(?:\/attempts\/\d+)?(?:\/?#[\w-]*)?$/;
const COMMENT = /^\/[\w.-]+\/[\w.-]+\/(?:pull|issues)\/\d+#issuecomment-\d+$/;

/**
 * Links a run on the same server, or a comment in the same repository; what stands in a record or on a Lease may be
 * anybody's, and any other address is not linked: GitHub would note in an issue that it was mentioned here.
 */
export function knownLink(label: Markdown, url: string | undefined, facts: Facts): Markdown | undefined {
  return url !== undefined && kindOf(url, facts) ? link(label, url) : undefined;
}

function kindOf(url: string, { repositoryUrl, runUrl }: Facts): 'run' | 'comment' | undefined {
  const home = repositoryUrl ?? runUrl;
  if (!home || !URL.canParse(home) || !URL.canParse(url)) return undefined;
  const { origin } = new URL(home);
  // Not the parsed path: what a parser sets right in an address, GitHub may read otherwise.
  if (!/^https?:/.test(origin) || !url.startsWith(`${origin}/`)) return undefined;
  const path = url.slice(origin.length);
  if (RUN.test(path)) return 'run';
  return repositoryUrl !== undefined && url.startsWith(`${repositoryUrl}/`) && COMMENT.test(path)
    ? 'comment'
    : undefined;
}

/** `ada in https://…/runs/7`, with the run or comment as a link. Nobody is mentioned. */
export function personText(by: string, facts: Facts): Markdown {
  const [, name = '', url] = /^(.*?)\s*\bin (https?:\/\/\S+)$/.exec(oneLine(by)) ?? [];
  const kind = url && kindOf(url, facts);
  const place = kind && knownLink(kind === 'run' ? 'a run' : 'a comment', url, facts);
  if (!place) return quoted(by, 120);
  return name ? `${quoted(name, 80)} in ${place}` : place;
}

const COMMIT = /^[\da-f]{7,64}$/i;
const REPOSITORY = /^[\w.-]+\/[\w.-]+$/;

/** Where a commit is shown; undefined where that is not known for certain. */
export function commitUrl(
  commit: string,
  repository: string | undefined,
  { repositoryUrl }: Facts,
): string | undefined {
  if (!repositoryUrl || !COMMIT.test(commit) || !URL.canParse(repositoryUrl)) return undefined;
  const home =
    repository === undefined
      ? repositoryUrl
      : REPOSITORY.test(repository)
        ? `${new URL(repositoryUrl).origin}/${repository}`
        : undefined;
  return home && `${home}/commit/${commit}`;
}
