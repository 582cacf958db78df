import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { stringify } from 'yaml';
import type { Json, JsonObject } from '../../src/kube.ts';
import { parseDocuments } from '../../src/manifests/yaml/documents.ts';

interface KubectlRead {
  name: string;
  yaml: string;
  json?: string;
  error?: true;
}

const recorded = JSON.parse(
  readFileSync(join(import.meta.dirname, 'fixtures', 'kubectl-reads.json'), 'utf8'),
) as KubectlRead[];

/** Where we differ on purpose: JSON has these escapes, and a next-line character harms nobody. */
const LENIENT = ['scalar "\\/"', 'slash escape', 'surrogates', 'nel'];
/** Where the parser beneath refuses what go-yaml takes: loud, and rare. */
const STRICT = ['key *b'];

function read(text: string): { values: Json[]; flaws: string[]; offsets: number[] } {
  const documents = [...parseDocuments(text)];
  const flaws = documents.flatMap(document => document.flaws);
  return {
    values: documents.map(({ value }) => value),
    flaws: flaws.map(({ message }) => message),
    offsets: flaws.map(({ offset }) => offset),
  };
}

function readOne(text: string): Json {
  const { values, flaws } = read(text);
  expect(flaws).toEqual([]);
  expect(values).toHaveLength(1);
  return values[0] as Json;
}

const json = fc.jsonValue({ noUnicodeString: false } as fc.JsonSharedConstraints) as fc.Arbitrary<Json>;
const mapping = fc
  .dictionary(fc.string({ minLength: 1 }), json, { minKeys: 1 })
  .map(value => JSON.parse(JSON.stringify(value)) as JsonObject)
  .filter(value => !/__proto__|"constructor"|-0|\\u|e\+|[\u007f-\u009f]|\d{16}/.test(JSON.stringify(value)));

describe('reading YAML', () => {
  it.each(recorded.map(entry => [entry.name, entry] as const))('reads what kubectl reads: %s', (name, entry) => {
    const { values, flaws } = read(entry.yaml);
    if (STRICT.includes(name)) return expect(flaws).not.toEqual([]);
    if (LENIENT.includes(name)) return expect(flaws).toEqual([]);
    if (entry.error) return expect(flaws).not.toEqual([]);
    const wanted = JSON.parse(entry.json as string) as { metadata: JsonObject };
    delete wanted.metadata['annotations'];
    expect(flaws).toEqual([]);
    expect(values).toEqual([wanted]);
  });

  it('reads back every JSON that is printed, as JSON and as YAML', () => {
    fc.assert(
      fc.property(mapping, value => {
        expect(readOne(JSON.stringify(value))).toEqual(value);
        expect(readOne(JSON.stringify(value, null, 2))).toEqual(value);
        const quoted = { defaultStringType: 'QUOTE_DOUBLE', defaultKeyType: 'QUOTE_DOUBLE', lineWidth: 0 } as const;
        expect(readOne(stringify(value, quoted))).toEqual(value);
      }),
      { numRuns: 150 },
    );
  });

  it('never throws, whatever it is given', () => {
    const noise = fc.string({ unit: fc.constantFrom(...'ab:- \n\t{}[]&*"\'|>#?!,1.%@<~'), maxLength: 60 });
    fc.assert(
      fc.property(noise, text => {
        expect(read(text).values).toBeInstanceOf(Array);
      }),
      { numRuns: 2000 },
    );
  });

  it('leaves out empty and comment-only documents', () => {
    const text = '---\n---\n# only a comment\n---\na: 1\n---\n\n...\n---\nb: 2\n---\n# end\n---\nnull\n';
    expect(read(text)).toEqual({ values: [{ a: 1 }, { b: 2 }], flaws: [], offsets: [] });
  });

  it('reads JSON objects that follow one another, tabs and escapes included', () => {
    const text = '{\n\t"a": "}\\"{",\n\t"b": [\n\t\t"\\ud83d\\ude80\\/"\n\t]\n}\n{"c": 1}{"d": {}}\n';
    expect(read(text).values).toEqual([{ a: '}"{', b: ['🚀/'] }, { c: 1 }, { d: {} }]);
  });

  it('reports a flaw in each document, and reads the others', () => {
    const { values, flaws, offsets } = read('a: [\n---\nb: 1\n---\nc: 1\nc: 2\n');
    expect(values[1]).toEqual({ b: 1 });
    expect(flaws).toEqual([expect.stringContaining('not valid YAML'), 'the key c is there twice']);
    expect(offsets[1]).toBe(23);
  });

  it.each([
    ['a: 1\nb: "x\nc: 2\n', 8, 'the quote that opens here is not closed'],
    ["a: 'it''s\n", 3, 'the quote that opens here is not closed'],
    ['{"a": [1, {"b": 2}\n', 6, 'the bracket that opens here is not closed'],
    ['a: [b]]\n', 6, 'this does not belong here'],
    ['a: "b"#c\n', 6, 'a space before #'],
    ['a: b: c\n', 3, 'a value with ": " in it needs quotes'],
    ['a:\n\t- b\n', 3, 'a tab cannot indent'],
  ])('says what is wrong with %j, and where', (text, offset, message) => {
    expect(read(text)).toEqual({ values: [null], flaws: [expect.stringContaining(message)], offsets: [offset] });
  });

  it.each(['9007199254740993', '1152921504606846976', '9223372036854775807', '-9007199254740993', '0x20000000000001'])(
    'refuses the integer %s, whose last digits would be lost',
    digits => {
      expect(read(`a: ${digits}`).flaws).toEqual([expect.stringContaining('more digits than can be kept')]);
      expect(readOne(`a: "${digits}"`)).toEqual({ a: digits });
    },
  );

  it('refuses a duplicate key in JSON, under another spelling, and in a flow', () => {
    for (const text of ['{"a": 1, "a": 2}', 'a: 1\n"a": 2', '1: a\n"1": b', 'yes: 1\non: 2', '{a, a}'])
      expect(read(text).flaws).toEqual([expect.stringContaining('is there twice')]);
  });

  it('refuses keys that pollute prototypes, wherever they stand', () => {
    const texts = [
      '__proto__: {polluted: 1}',
      'a: {"__proto__": {polluted: 1}}',
      'constructor: {prototype: {polluted: 1}}',
    ];
    for (const text of [...texts, '<<: {"__proto__": {polluted: 1}}', '{"__proto__": {"polluted": 1}}'])
      expect(read(text).flaws).toEqual([expect.stringContaining('is refused')]);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
    expect(readOne('data: {constructor: x}')).toEqual({ data: { constructor: 'x' } });
  });
});

describe('a YAML bomb', () => {
  const laughs = (width: number): string => {
    const levels = Array.from({ length: 9 }, (_, level) => {
      const items = Array.from({ length: width }, () => `*a${level}`).join(', ');
      return `a${level + 1}: &a${level + 1} [${items}]`;
    });
    return ['a0: &a0 lol', ...levels].join('\n');
  };

  it('is refused where aliases expand to too much, in little time', () => {
    expect(read(laughs(9)).flaws).toEqual([expect.stringContaining('expand to too much')]);
    const long = `a: &a "${'x'.repeat(100_000)}"\nb: [${'*a, '.repeat(1000)}]`;
    expect(read(long).flaws).toEqual([expect.stringContaining('expand to too much')]);
    const merged = laughs(9).replaceAll('[', '{<<: [').replaceAll(']', ']}').replace('lol', '{k: v}');
    expect(read(merged).flaws).toEqual([expect.stringContaining('expand to too much')]);
  });

  it('is no bomb where the aliases are few', () => {
    expect(readOne('a: &a {k: v}\nb: [*a, *a]\n')).toEqual({ a: { k: 'v' }, b: [{ k: 'v' }, { k: 'v' }] });
  });

  it.each(['[', '{"a":', '- ', '{a: ', '? '])('is refused where %s nests without end', open => {
    expect(read(open.repeat(100_000)).flaws).toEqual([expect.stringMatching(/nested deeper|not valid/)]);
    expect(read(`a: 1\n---\n${open.repeat(5_000)}`).values[0]).toEqual({ a: 1 });
  });

  it('is no bomb at a depth that a schema may have', () => {
    const deep = (levels: number): string => `a: ${'['.repeat(levels)}${']'.repeat(levels)}`;
    expect(read(deep(199)).flaws).toEqual([]);
    expect(read(deep(200)).flaws).toEqual(['this is nested deeper than 200 levels']);
  });

  it('is no bomb where a mapping has very many keys', () => {
    const text = Array.from({ length: 20_000 }, (_, index) => `k${index}: 1`).join('\n');
    expect(Object.keys(readOne(text) as JsonObject)).toHaveLength(20_000);
  });

  it('is no bomb where a number has a million digits, which kubectl leaves as text', () => {
    expect(read(`a: ${'9'.repeat(1_000_000)}`).values).toEqual([{ a: '9'.repeat(1_000_000) }]);
  });
});
