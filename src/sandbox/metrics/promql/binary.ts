import { type Labels, labelsKey, NAME, onlyLabels, withoutLabels } from '../labels.ts';
import { QueryError } from './query-error.ts';
import { type Binary, isComparison, isSetOperator, type Matching, type SetOperator } from './syntax.ts';
import { nameless, type Value, type Vector, type VectorSample } from './value.ts';

/** One of arithmetic, comparison and sets over two values; of vectors one to one. */
export function applyBinary(binary: Binary, left: Value, right: Value): Value {
  if (left.type === 'matrix' || right.type === 'matrix') throw new Error('The parser lets no range vector in here');
  if (left.type === 'scalar' && right.type === 'scalar')
    return { type: 'scalar', value: calculate(binary.operator, left.value, right.value) };
  if (left.type === 'vector' && right.type === 'vector')
    return { type: 'vector', samples: overVectors(binary, left.samples, right.samples) };
  const samples =
    left.type === 'vector'
      ? overScalar(binary, left.samples, value => [value, (right as { value: number }).value])
      : overScalar(binary, (right as { samples: Vector }).samples, value => [left.value, value]);
  return { type: 'vector', samples };
}

/** Of a comparison 1 or 0. */
function calculate(operator: Binary['operator'], left: number, right: number): number {
  switch (operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      return left / right;
    case '==':
      return Number(left === right);
    case '!=':
      return Number(left !== right);
    case '>':
      return Number(left > right);
    case '<':
      return Number(left < right);
    case '>=':
      return Number(left >= right);
    case '<=':
      return Number(left <= right);
    case 'and':
    case 'or':
    case 'unless':
      throw new Error('Sets are of vectors');
  }
}

function overScalar({ operator, bool }: Binary, samples: Vector, pair: (value: number) => [number, number]): Vector {
  const calculated = samples.map(({ labels, value }) => ({ labels, value: calculate(operator, ...pair(value)) }));
  if (!isComparison(operator) || bool) return nameless(calculated);
  return samples.filter((_, index) => calculated[index]?.value === 1);
}

function overVectors(binary: Binary, left: Vector, right: Vector): Vector {
  const { operator, bool, matching } = binary;
  if (isSetOperator(operator)) return overSets(operator, matching, left, right);
  const partners = new Map<string, VectorSample>();
  for (const sample of right) {
    const key = groupKey(matching, sample.labels);
    const known = partners.get(key);
    if (known) throw ambiguous(matching, known, sample);
    partners.set(key, sample);
  }
  const matched = new Set<string>();
  const result: VectorSample[] = [];
  for (const { labels, value } of left) {
    const key = groupKey(matching, labels);
    const partner = partners.get(key);
    if (!partner) continue;
    const calculated = calculate(operator, value, partner.value);
    const filters = isComparison(operator) && !bool;
    if (filters && calculated === 0) continue;
    if (matched.has(key))
      throw new QueryError(
        'execution',
        'multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)',
      );
    matched.add(key);
    const kept = filters ? labels : withoutLabels(labels, [NAME]);
    result.push({
      labels: matching.on ? onlyLabels(kept, matching.labels) : withoutLabels(kept, matching.labels),
      value: filters ? value : calculated,
    });
  }
  return result;
}

function overSets(operator: SetOperator, matching: Matching, left: Vector, right: Vector): Vector {
  const keysOf = (samples: Vector): Set<string> => new Set(samples.map(({ labels }) => groupKey(matching, labels)));
  const [ofLeft, ofRight] = [keysOf(left), keysOf(right)];
  switch (operator) {
    case 'or':
      return [...left, ...right.filter(({ labels }) => !ofLeft.has(groupKey(matching, labels)))];
    case 'and':
      return left.filter(({ labels }) => ofRight.has(groupKey(matching, labels)));
    case 'unless':
      return left.filter(({ labels }) => !ofRight.has(groupKey(matching, labels)));
  }
}

function groupOf({ on, labels: names }: Matching, labels: Labels): Labels {
  return on ? onlyLabels(labels, names) : withoutLabels(labels, [NAME, ...names]);
}

function groupKey(matching: Matching, labels: Labels): string {
  return labelsKey(groupOf(matching, labels));
}

function ambiguous(matching: Matching, one: VectorSample, other: VectorSample): QueryError {
  const group = labelsText(groupOf(matching, one.labels));
  const both = `[${labelsText(other.labels)}, ${labelsText(one.labels)}]`;
  return new QueryError(
    'execution',
    `found duplicate series for the match group ${group} on the right hand-side of the operation: ${both};many-to-many matching not allowed: matching labels must be unique on one side`,
  );
}

function labelsText(labels: Labels): string {
  const names = Object.keys(labels).sort();
  return `{${names.map(name => `${name}=${JSON.stringify(labels[name])}`).join(', ')}}`;
}
