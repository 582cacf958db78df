export type ComparisonOperator = '==' | '!=' | '>' | '<' | '>=' | '<=';
export type ArithmeticOperator = '+' | '-' | '*' | '/';
export type SetOperator = 'and' | 'or' | 'unless';
export type Aggregator = 'sum' | 'min' | 'max' | 'avg' | 'count';
export type FunctionName = 'rate' | 'increase' | 'histogram_quantile' | 'vector' | 'clamp_min' | 'clamp_max';

export interface Matcher {
  label: string;
  operator: '=' | '!=' | '=~' | '!~';
  value: string;
  fits(value: string): boolean;
}

export interface NumberLiteral {
  type: 'number';
  value: number;
}

export interface Selector {
  type: 'selector';
  matchers: readonly Matcher[];
  /** Milliseconds; absent for an instant. */
  range?: number;
  /** Milliseconds that it looks further back. */
  offset: number;
}

export interface Call {
  type: 'call';
  name: FunctionName;
  given: readonly Expression[];
}

export interface Aggregation {
  type: 'aggregation';
  operator: Aggregator;
  /** Whether the labels are those that stay, or those that go. */
  keeps: boolean;
  labels: readonly string[];
  of: Expression;
}

export interface Negation {
  type: 'negation';
  of: Expression;
}

/** By which labels two vectors are matched, one to one. */
export interface Matching {
  on: boolean;
  labels: readonly string[];
}

export interface Binary {
  type: 'binary';
  operator: ArithmeticOperator | ComparisonOperator | SetOperator;
  /** A comparison that answers 0 or 1 instead of leaving out. */
  bool: boolean;
  matching: Matching;
  left: Expression;
  right: Expression;
}

export type Expression = NumberLiteral | Selector | Call | Aggregation | Negation | Binary;

export type ValueType = 'scalar' | 'instant vector' | 'range vector';

export function typeOf(expression: Expression): ValueType {
  switch (expression.type) {
    case 'number':
      return 'scalar';
    case 'selector':
      return expression.range === undefined ? 'instant vector' : 'range vector';
    case 'call':
    case 'aggregation':
      return 'instant vector';
    case 'negation':
      return typeOf(expression.of);
    case 'binary':
      return typeOf(expression.left) === 'scalar' && typeOf(expression.right) === 'scalar'
        ? 'scalar'
        : 'instant vector';
  }
}

export function isComparison(operator: Binary['operator']): operator is ComparisonOperator {
  return ['==', '!=', '>', '<', '>=', '<='].includes(operator);
}

export function isSetOperator(operator: Binary['operator']): operator is SetOperator {
  return ['and', 'or', 'unless'].includes(operator);
}
