/** One requirement of a label selector. */
export interface Requirement {
  key: string;
  operator: 'in' | 'notin' | 'exists' | '!' | '>' | '<';
  values: readonly string[];
}

export type Labels = Readonly<Record<string, string>>;

const SYMBOLS = ['!=', '==', '=', '!', '(', ')', ',', '>', '<'] as const;

interface Token {
  /** `identifier`, `end` or the symbol itself; `in` and `notin` are words that the parser tells apart by their place. */
  kind: string;
  text: string;
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    if (/\s/.test(text.charAt(at))) {
      at += 1;
      continue;
    }
    const symbol = SYMBOLS.find(candidate => text.startsWith(candidate, at));
    if (symbol) {
      tokens.push({ kind: symbol, text: symbol });
      at += symbol.length;
      continue;
    }
    const word = /^[^\s!=(),<>]+/.exec(text.slice(at))?.[0] ?? '';
    tokens.push({ kind: 'identifier', text: word });
    at += word.length;
  }
  tokens.push({ kind: 'end', text: '' });
  return tokens;
}

const isWord = (token: Token): boolean => token.kind === 'identifier';

/**
 * Reads a label selector as `labels.Parse` of apimachinery does, with its error messages (plain `Error`s, for the caller to
 * wrap as 400 Bad Request).
 */
export function parseLabelSelector(text: string): Requirement[] {
  const tokens = tokensOf(text);
  let at = 0;
  const peek = (): Token => tokens[Math.min(at, tokens.length - 1)] ?? { kind: 'end', text: '' };
  const next = (): Token => {
    const token = peek();
    at += 1;
    return token;
  };

  function values(): string[] {
    const open = next();
    if (open.kind !== '(') throw new Error(`found '${open.text}' expected: '('`);
    const found = new Set<string>();
    if (peek().kind === ')') {
      next();
      return [''];
    }
    for (;;) {
      const token = next();
      if (isWord(token)) {
        found.add(token.text);
        const after = peek();
        if (after.kind === ',') {
          next();
          if (peek().kind === ')') {
            found.add('');
            next();
            return [...found];
          }
        } else if (after.kind === ')') {
          next();
          return [...found];
        } else throw new Error(`found '${after.text}', expected: ',' or ')'`);
      } else if (token.kind === ',') {
        found.add('');
        if (peek().kind === ')') {
          next();
          return [...found];
        }
      } else throw new Error(`found '${token.text}', expected: ',', ')' or identifier`);
    }
  }

  function requirement(): Requirement {
    const first = next();
    if (first.kind === '!') {
      const key = next();
      if (!isWord(key)) throw new Error(`found '${key.text}', expected: identifier`);
      return { key: key.text, operator: '!', values: [] };
    }
    if (!isWord(first)) throw new Error(`found '${first.text}', expected: identifier`);
    const key = first.text;
    const operator = peek();
    if (operator.kind === 'end' || operator.kind === ',') return { key, operator: 'exists', values: [] };
    next();
    if (isWord(operator) && (operator.text === 'in' || operator.text === 'notin'))
      return { key, operator: operator.text, values: values() };
    if (isWord(operator) || operator.kind === '!' || operator.kind === '(' || operator.kind === ')')
      throw new Error(`found '${operator.text}', expected: in, notin, =, ==, !=, gt, lt`);
    const value = peek();
    const text = isWord(value) ? next().text : '';
    if (!isWord(value) && value.kind !== 'end' && value.kind !== ',')
      throw new Error(`found '${value.text}', expected: identifier`);
    if (operator.kind === '>' || operator.kind === '<') {
      if (!/^[-+]?\d+$/.test(text))
        throw new Error(
          `values[0][${key}]: Invalid value: ${JSON.stringify(text)}: for 'Gt', 'Lt' operators, the value must be an integer`,
        );
      return { key, operator: operator.kind, values: [text] };
    }
    return { key, operator: operator.kind === '!=' ? 'notin' : 'in', values: [text] };
  }

  const requirements: Requirement[] = [];
  for (;;) {
    const token = peek();
    if (token.kind === 'end') return requirements;
    if (!isWord(token) && token.kind !== '!')
      throw new Error(`found '${token.text}', expected: !, identifier, or 'end of string'`);
    try {
      requirements.push(requirement());
    } catch (cause) {
      throw new Error(`unable to parse requirement: ${(cause as Error).message}`, { cause });
    }
    const separator = next();
    if (separator.kind === 'end') return requirements;
    if (separator.kind !== ',') throw new Error(`found '${separator.text}', expected: ',' or 'end of string'`);
    const after = peek();
    if (!isWord(after) && after.kind !== '!') throw new Error(`found '${after.text}', expected: identifier after ','`);
  }
}

/** Does a set of labels meet every requirement? */
export function labelsMatch(requirements: readonly Requirement[], labels: Labels | undefined): boolean {
  return requirements.every(({ key, operator, values }) => {
    const value = labels?.[key];
    switch (operator) {
      case 'exists':
        return value !== undefined;
      case '!':
        return value === undefined;
      case 'in':
        return value !== undefined && values.includes(value);
      case 'notin':
        return value === undefined || !values.includes(value);
      case '>':
        return value !== undefined && Number(value) > Number(values[0]);
      case '<':
        return value !== undefined && Number(value) < Number(values[0]);
      default:
        return operator satisfies never;
    }
  });
}
