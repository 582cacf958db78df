/** What Go's JSON reader says of a text that is no JSON object; undefined where it is one, or null. */
export function jsonProblem(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const type = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value;
    return type === 'object'
      ? undefined
      : `json: cannot unmarshal ${type} into Go value of type map[string]interface {}`;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  const start = text.search(/[^ \t\r\n]/);
  const first = text[start];
  if (first === undefined) return 'unexpected end of JSON input';
  const literal = { n: 'null', t: 'true', f: 'false' }[first];
  if (literal) {
    for (let index = 1; index < literal.length; index++) {
      const found = text[start + index];
      if (found === undefined) return 'unexpected end of JSON input';
      if (found !== literal[index]) {
        return `invalid character ${quoted(found)} in literal ${literal} (expecting ${quoted(literal[index] ?? '')})`;
      }
    }
    const after = text.slice(start + literal.length).trimStart()[0] ?? '';
    return `invalid character ${quoted(after)} after top-level value`;
  }
  if (first === '{') {
    const next = text.slice(start + 1).trimStart()[0];
    if (next === undefined) return 'unexpected end of JSON input';
    if (next !== '"') return `invalid character ${quoted(next)} looking for beginning of object key string`;
    return 'unexpected end of JSON input';
  }
  if (first === '[' || first === '"') return 'unexpected end of JSON input';
  return `invalid character ${quoted(first)} looking for beginning of value`;
}

const quoted = (character: string): string => (character === "'" ? "'\\''" : `'${character}'`);
