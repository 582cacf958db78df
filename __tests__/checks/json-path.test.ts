import { describe, expect, it } from '@jest/globals';
import { foundAt, jsonPathProblem } from '../../src/checks/json-path.ts';

const ANSWER = {
  data: [
    { name: 'errors', value: 3, 'with-dash': 1 },
    { name: 'requests', value: 1000 },
  ],
  matrix: [[1, 2], [3, 4], []],
  empty: [],
};

describe('a JSONPath', () => {
  it.each<[string, unknown[]]>([
    ['$.data[0].value', [3]],
    ['$.data[-1].value', [1000]],
    ['$.data[*].value', [3, 1000]],
    ["$.data[?@.name=='requests'].value", [1000]],
    ['$.data[?@.value > 10 && @.name].value', [1000]],
    ['$..value', [3, 1000]],
    ["$.data[0]['with-dash']", [1]],
    ['$.matrix[0:2][1]', [2, 4]],
    ['$.matrix[*][*]', [1, 2, 3, 4]],
    ['$.nothing.here', []],
    ['$.empty[*]', []],
    ['$.data[9]', []],
    ['$.data.value', []],
    ['$.constructor', []],
    ['$.__proto__', []],
    ['$.data.length', []],
  ])('%s finds in order', (path, found) => {
    expect(jsonPathProblem(path)).toBeUndefined();
    expect(foundAt(ANSWER, path)).toEqual(found);
  });

  it.each([
    ['data.value', 'a JSONPath begins with $, as in $.data[0].value'],
    [
      '$.a-b',
      `"-" cannot stand at character 4 of the JSONPath; a name with other characters than letters, digits and _ is written ['so']`,
    ],
    ['$.a[', 'the JSONPath ends too early: something is missing at its end'],
    ['$.a[x]', '"x" cannot stand at character 5 of the JSONPath'],
    ['$.a..', 'the JSONPath ends too early: something is missing at its end'],
    ['$.a[?(alert(1))]', 'functions such as alert() are not offered'],
    ['$[?@.a=~/(a+)+$/]', 'cannot stand at'],
    ['$.a[(@.length-1)]', 'cannot stand at'],
    ["$[?match(@.a, '(a+)+b')]", 'functions such as match() are not offered'],
    ["$[?search(@.a, 'b')]", 'functions such as search() are not offered'],
    ['$..a..b', 'only one .. may stand in a path'],
    ['$..[?@..a]', 'only one .. may stand in a path'],
    ['$[?$.a[?@.b]]', 'a filter must ask about @'],
    ['$.a[?@.b.constructor(1)]', 'cannot stand at'],
  ])('%s is refused, with what to do', (path, problem) => {
    expect(jsonPathProblem(path)).toContain(problem);
  });

  it('takes an answer that is nested deeper than a stack is', () => {
    const depth = 100_000;
    const deep = JSON.parse(`${'['.repeat(depth)}${']'.repeat(depth)}`) as unknown;
    expect(foundAt(deep, '$..value')).toEqual([]);
  });
});
