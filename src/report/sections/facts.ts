import { code, link, type Markdown, table, text } from '../markdown.ts';
import type { Facts, ReportModel } from '../model.ts';
import { durationText, timeText } from '../plain-text.ts';

export function factsSection(model: ReportModel): Markdown {
  const { cluster, facts } = model;
  const { repositoryUrl } = facts;
  const { commit } = subjectOf(model);
  return table(
    [
      'Took',
      'Started',
      'Strategy',
      model.namespaces.length > 1 ? 'Namespaces' : 'Namespace',
      'Cluster',
      'Commit',
      'From',
      'By',
      'Run',
    ],
    [
      [
        durationText(model.endedAt - model.startedAt),
        timeText(model.startedAt),
        text(model.strategy),
        model.namespaces
          .slice(0, 8)
          .map(name => code(name))
          .join(', ') + (model.namespaces.length > 8 ? ', …' : ''),
        [cluster.context, cluster.server?.replace(/^https:\/\/|\/$/g, '')]
          .flatMap(name => (name ? [code(name, 64)] : []))
          .join(' at '),
        commit ? link(code(commit.slice(0, 7)), repositoryUrl && `${repositoryUrl}/commit/${commit}`) : '',
        originText(model),
        facts.actor ? text(facts.actor, 80) : '',
        facts.runUrl ? link('log', facts.runUrl) : '',
      ],
    ],
  );
}

/** The release's own, where it is known: whoever promotes does so from anywhere. */
function subjectOf({ facts, origin }: ReportModel): Pick<Facts, 'commit' | 'ref' | 'pullRequest'> {
  return origin?.commit === undefined ? facts : origin;
}

function originText(model: ReportModel): Markdown {
  const { repositoryUrl } = model.facts;
  const { pullRequest, ref } = subjectOf(model);
  if (pullRequest !== undefined)
    return link(`pull request ${pullRequest}`, repositoryUrl && `${repositoryUrl}/pull/${pullRequest}`);
  return ref ? code(ref.replace(/^refs\/(heads|tags|pull)\//, ''), 120) : '';
}
