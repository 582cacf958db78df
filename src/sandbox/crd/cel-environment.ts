import { Environment } from '@marcbachmann/cel-js';
import { inDialect, registerHas } from './cel-dialect.ts';
import { registerLists } from './cel-lists.ts';
import { registerNetwork } from './cel-network.ts';
import { registerStrings } from './cel-strings.ts';

export type Expression = (variables: Record<string, unknown>) => unknown;

/** CEL with the libraries that Kubernetes adds to it. */
function newEnvironment(): Environment {
  const environment = new Environment({
    unlistedVariablesAreDyn: true,
    enableOptionalTypes: true,
    homogeneousAggregateLiterals: false,
    // Rules are bounded by the size of their CRD.
    limits: {
      maxAstNodes: 100_000,
      maxDepth: 250,
      maxListElements: 10_000,
      maxMapEntries: 10_000,
      maxCallArguments: 64,
    },
  });
  registerHas(environment);
  registerStrings(environment);
  registerLists(environment);
  registerNetwork(environment);
  return environment;
}

let shared: Environment | undefined;
const parsed = new Map<string, Expression>();

/** The expression, ready to run; parsed once. Throws what is wrong with it. */
export function parseExpression(text: string): Expression {
  let expression = parsed.get(text);
  if (!expression) {
    shared ??= newEnvironment();
    expression = shared.parse(inDialect(text)) as unknown as Expression;
    parsed.set(text, expression);
  }
  return expression;
}
