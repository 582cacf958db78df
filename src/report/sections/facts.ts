import { code, link, type Markdown, table, text } from '../markdown.ts';
import type { ReportModel } from '../model.ts';
import { durationText, timeText } from '../plain-text.ts';

export function factsSection(model: ReportModel): Markdown {
  const { cluster, facts } = model;
  const { repositoryUrl } = facts;
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
        facts.commit
          ? link(code(facts.commit.slice(0, 7)), repositoryUrl && `${repositoryUrl}/commit/${facts.commit}`)
          : '',
        originText(model),
        facts.actor ? text(facts.actor, 80) : '',
        facts.runUrl ? link('log', facts.runUrl) : '',
      ],
    ],
  );
}

function originText({ facts: { pullRequest, ref, repositoryUrl } }: ReportModel): Markdown {
  if (pullRequest !== undefined)
    return link(`pull request ${pullRequest}`, repositoryUrl && `${repositoryUrl}/pull/${pullRequest}`);
  return ref ? code(ref.replace(/^refs\/(heads|tags|pull)\//, ''), 120) : '';
}
