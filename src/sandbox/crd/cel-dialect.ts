import type { ASTNode, Environment } from '@marcbachmann/cel-js';

/** What the library hands to the two phases of a macro; it declares them no closer. */
interface Checker {
  check(node: ASTNode, context: unknown): unknown;
  getType(name: string): unknown;
}

interface Evaluator {
  run(node: ASTNode, context: unknown): unknown;
}

interface Macro {
  base: ASTNode;
  field: string;
}

/** What the library reads differently from Kubernetes' CEL, and what rules call instead. */
const REPLACEMENTS: readonly (readonly [RegExp, string])[] = [
  // Its `has` knows no index in the argument, as in `has(self[0].matches)`.
  [/^has\s*\($/, 'hasField('],
  // Its patterns are those of JavaScript.
  [/^\.matches\s*\($/, '.matchesRe2('],
  // It cannot tell the type of an optional's value.
  [/^oldSelf\.value\(\)$/, 'dyn(oldSelf.value())'],
];
/** A rule in pieces: string literals, which stay as they are, and what is replaced. */
const PIECES =
  /[rb]{0,2}(?:"""[\s\S]*?"""|'''[\s\S]*?''')|[rR]"[^"]*"|[rR]'[^']*'|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\bhas\s*\(|\.matches\s*\(|\boldSelf\.value\(\)/g;

export function inDialect(text: string): string {
  return text.replace(PIECES, piece => REPLACEMENTS.find(([from]) => from.test(piece))?.[1] ?? piece);
}

export function registerHas(environment: Environment): void {
  environment.registerFunction('hasField(ast): bool', (({ args }: { args: ASTNode[] }) => {
    const [argument] = args;
    if (argument?.op !== '.') throw new Error('invalid argument to has() macro');
    const [base, field] = argument.args;
    return {
      base,
      field,
      typeCheck(checker: Checker, macro: Macro, context: unknown): unknown {
        checker.check(macro.base, context);
        return checker.getType('bool');
      },
      evaluate(evaluator: Evaluator, macro: Macro, context: unknown): boolean {
        const value = evaluator.run(macro.base, context);
        return typeof value === 'object' && value !== null && Object.hasOwn(value, macro.field);
      },
    };
  }) as never);
}
