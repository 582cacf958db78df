import type { Reduce } from '../../config/check-config.ts';
import { type Measured, numberOf, reduced } from '../number.ts';
import type { Result, Series } from './result.ts';

const MOST_SHOWN = 3;

/** The one number of an answer: its only one, or what is made of its points and then of its series. */
export function oneNumber({ type, series }: Result, reduce: Reduce | undefined): Measured {
  if (type === 'string')
    return { error: `the answer is the text ${JSON.stringify(series[0]?.points[0]?.[1] ?? '')}, no number` };
  if (series.length === 0) return { noData: 'no series' };
  if (series.length > 1 && (reduce === undefined || reduce === 'last'))
    return {
      error: `the answer has ${series.length} series, ${shownSeries(series)}; let the query give one (sum(…), or a selector that fits one), or say by reduce how one number is made of them${reduce === 'last' ? ': min, max, mean or sum, as last is of one series’ points' : ''}`,
    };
  if (reduce === undefined && (series[0]?.points.length ?? 0) > 1)
    return {
      error:
        'the answer is a range of points, not one; let the query give one (rate(…), max_over_time(…)), or say by reduce how one is made of them',
    };
  return together(
    series.map(({ points }) =>
      together(
        points.map(([, number]) => numberOf(number)),
        reduce,
      ),
    ),
    reduce,
  );
}

/** Of those that are numbers: where some have no data, as a pod without requests, the others count. */
function together(all: readonly Measured[], reduce: Reduce | undefined): Measured {
  const wrong = all.find(one => 'error' in one);
  if (wrong) return wrong;
  const values = all.flatMap(one => ('value' in one ? [one.value] : []));
  if (values.length === 0) return all.find(one => 'noData' in one) ?? { noData: 'no points' };
  const value = reduced(values, reduce ?? 'last');
  return Number.isFinite(value) ? { value } : { error: `the ${reduce} of ${values.length} numbers is infinite` };
}

function shownSeries(series: readonly Series[]): string {
  const shown = series.slice(0, MOST_SHOWN).map(({ labels }) => labelsText(labels));
  const more = series.length - shown.length;
  return `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function labelsText({ __name__: name = '', ...labels }: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}=${JSON.stringify(value)}`);
  return `${name}{${pairs.join(',')}}`;
}
