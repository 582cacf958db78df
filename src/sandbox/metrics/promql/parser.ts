import { type Cursor, openCursor } from './cursor.ts';
import type { Token } from './lexer.ts';
import { parseSelector } from './selector.ts';
import {
  type Aggregation,
  type Aggregator,
  type Binary,
  type Expression,
  type FunctionName,
  isComparison,
  isSetOperator,
  type Matching,
  typeOf,
  type ValueType,
} from './syntax.ts';

/** What binary operators bind, from loosely to tightly. */
const BINDING: Readonly<Record<string, number>> = {
  or: 1,
  and: 2,
  unless: 2,
  '==': 3,
  '!=': 3,
  '<=': 3,
  '<': 3,
  '>=': 3,
  '>': 3,
  '+': 4,
  '-': 4,
  '*': 5,
  '/': 5,
};
const SIGN_BINDING = 6;

const AGGREGATORS: readonly string[] = ['sum', 'min', 'max', 'avg', 'count'] satisfies Aggregator[];
const OTHER_AGGREGATORS = ['group', 'stddev', 'stdvar', 'count_values', 'bottomk', 'topk', 'quantile'];
const OTHER_OPERATORS = ['%', '^', 'atan2'];

const FUNCTIONS: Readonly<Record<FunctionName, readonly ValueType[]>> = {
  rate: ['range vector'],
  increase: ['range vector'],
  histogram_quantile: ['scalar', 'instant vector'],
  vector: ['scalar'],
  clamp_min: ['instant vector', 'scalar'],
  clamp_max: ['instant vector', 'scalar'],
};

/** What a query asks. Whatever is wrong, or not supported, is refused with its place. */
export function parseQuery(query: string): Expression {
  const cursor = openCursor(query);
  if (isAtEnd(cursor)) throw cursor.fault('no expression found in input');
  const expression = parseExpression(cursor, 0);
  if (!isAtEnd(cursor)) throw cursor.unexpected('query');
  return expression;
}

function isAtEnd({ token }: Cursor): boolean {
  return token.kind === 'end';
}

function parseExpression(cursor: Cursor, binding: number): Expression {
  let left = parseOperand(cursor);
  for (;;) {
    const { token } = cursor;
    const operator = token.text.toLowerCase();
    if (OTHER_OPERATORS.includes(operator)) throw cursor.unsupported(`the operator ${operator}`);
    const own = token.kind === 'sign' || token.kind === 'name' ? BINDING[operator] : undefined;
    if (own === undefined || own <= binding) return left;
    cursor.take();
    left = binaryOf(cursor, token, operator as Binary['operator'], left, own);
  }
}

function binaryOf(cursor: Cursor, at: Token, operator: Binary['operator'], left: Expression, own: number): Binary {
  const hasBool = cursor.takeIf('bool');
  if (hasBool && !isComparison(operator))
    throw cursor.fault('bool modifier can only be used on comparison operators', at);
  const matching = matchingOf(cursor);
  const right = parseExpression(cursor, own);
  const types = [typeOf(left), typeOf(right)];
  const scalars = types.filter(type => type === 'scalar').length;
  if (types.includes('range vector'))
    throw cursor.fault('binary expression must contain only scalar and instant vector types', at);
  if (isSetOperator(operator) && scalars > 0)
    throw cursor.fault(`set operator ${JSON.stringify(operator)} not allowed in binary scalar expression`, at);
  if (isComparison(operator) && scalars === 2 && !hasBool)
    throw cursor.fault('comparisons between scalars must use BOOL modifier', at);
  if (matching && scalars > 0) throw cursor.fault('vector matching only allowed between instant vectors', at);
  return { type: 'binary', operator, bool: hasBool, matching: matching ?? { on: false, labels: [] }, left, right };
}

function matchingOf(cursor: Cursor): Matching | undefined {
  const word = ['on', 'ignoring'].find(one => cursor.is(one));
  if (!word) return undefined;
  cursor.take();
  const labels = labelsIn(cursor);
  const many = ['group_left', 'group_right'].find(one => cursor.is(one));
  if (many) throw cursor.unsupported(many);
  return { on: word === 'on', labels };
}

function parseOperand(cursor: Cursor): Expression {
  const { token, next } = cursor;
  const word = token.text.toLowerCase();
  if (token.kind === 'number' || (token.kind === 'name' && ['inf', 'nan'].includes(word))) {
    cursor.take();
    return { type: 'number', value: numberOf(word) };
  }
  if (token.kind === 'string') throw cursor.unsupported('a string for an answer');
  if (token.kind === 'duration') throw cursor.fault(`unexpected duration ${JSON.stringify(token.text)}`);
  if (cursor.takeIf('(')) return inBrackets(cursor);
  if (cursor.is('-') || cursor.is('+')) return signed(cursor);
  if (cursor.is('{')) return parseSelector(cursor);
  if (token.kind !== 'name') throw cursor.unexpected('query');
  if (OTHER_AGGREGATORS.includes(word)) throw cursor.unsupported(`the aggregation ${word}`);
  if (AGGREGATORS.includes(word)) return parseAggregation(cursor, word as Aggregator);
  return next.kind === 'sign' && next.text === '(' ? parseCall(cursor) : parseSelector(cursor);
}

function numberOf(word: string): number {
  if (word === 'inf') return Number.POSITIVE_INFINITY;
  return word === 'nan' ? Number.NaN : Number(word);
}

function inBrackets(cursor: Cursor): Expression {
  const inner = parseExpression(cursor, 0);
  cursor.expect(')', 'parentheses');
  return inner;
}

function signed(cursor: Cursor): Expression {
  const sign = cursor.take();
  const of = parseExpression(cursor, SIGN_BINDING);
  const type = typeOf(of);
  if (type === 'range vector')
    throw cursor.fault(
      `unary expression only allowed on expressions of type scalar or instant vector, got "${type}"`,
      sign,
    );
  return sign.text === '-' ? { type: 'negation', of } : of;
}

function parseAggregation(cursor: Cursor, operator: Aggregator): Aggregation {
  cursor.take();
  const before = groupingOf(cursor);
  cursor.expect('(', 'aggregation');
  const { token } = cursor;
  const of = parseExpression(cursor, 0);
  cursor.expect(')', 'aggregation');
  if (typeOf(of) !== 'instant vector')
    throw cursor.fault(`expected type instant vector in aggregation expression, got ${typeOf(of)}`, token);
  const { keeps, labels } = before ?? groupingOf(cursor) ?? { keeps: true, labels: [] };
  return { type: 'aggregation', operator, keeps, labels, of };
}

function groupingOf(cursor: Cursor): { keeps: boolean; labels: string[] } | undefined {
  const word = ['by', 'without'].find(one => cursor.is(one));
  if (!word) return undefined;
  cursor.take();
  return { keeps: word === 'by', labels: labelsIn(cursor) };
}

function labelsIn(cursor: Cursor): string[] {
  cursor.expect('(', 'grouping opts');
  const labels: string[] = [];
  while (!cursor.takeIf(')')) {
    const token = cursor.take();
    if (token.kind !== 'name' || token.text.includes(':'))
      throw cursor.unexpected('grouping opts, expected label', token);
    labels.push(token.text);
    if (!cursor.is(')')) cursor.expect(',', 'grouping opts');
  }
  return labels;
}

function parseCall(cursor: Cursor): Expression {
  const name = cursor.take();
  const wanted = Object.entries(FUNCTIONS).find(([known]) => known === name.text)?.[1];
  if (!wanted) throw cursor.unsupported(`the function ${name.text}`, name);
  cursor.expect('(', 'call');
  const given: Expression[] = [];
  while (!cursor.takeIf(')')) {
    const { token } = cursor;
    const argument = parseExpression(cursor, 0);
    const type = wanted[given.length];
    if (type !== undefined && typeOf(argument) !== type)
      throw cursor.fault(`expected type ${type} in call to function "${name.text}", got ${typeOf(argument)}`, token);
    given.push(argument);
    if (!cursor.is(')')) cursor.expect(',', 'call');
  }
  if (given.length !== wanted.length)
    throw cursor.fault(`expected ${wanted.length} argument(s) in call to "${name.text}", got ${given.length}`, name);
  return { type: 'call', name: name.text as FunctionName, given };
}
