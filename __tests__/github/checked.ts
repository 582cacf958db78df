import { readFileSync } from 'node:fs';
import { type AjvCustomizer, type Document, OpenAPIBackend } from 'openapi-backend';
import type { Exchange } from '../../src/demo/github/exchange.ts';
import { type FakeGitHub, type GitHubOptions, openGitHub } from '../../src/demo/github/github.ts';

export interface CheckedGitHub extends FakeGitHub {
  /** What was sent or answered against GitHub's own description, each with its request: to be expected empty. */
  readonly violations: readonly string[];
}

/** The only thing that is asked in GraphQL, which no OpenAPI describes. */
const GRAPHQL = { query: 'query { viewer { login } }' };

let opened: OpenAPIBackend | undefined;

/** The fake of GitHub, with every request and answer compared with GitHub's description of its API. */
export async function openCheckedGitHub(options: GitHubOptions = {}): Promise<CheckedGitHub> {
  const violations: string[] = [];
  const github = await openGitHub({
    ...options,
    onExchange: exchange => {
      options.onExchange?.(exchange);
      try {
        violations.push(...violationsOf(exchange));
      } catch (error) {
        violations.push(`${exchange.method} ${exchange.path} could not be compared: ${error}`);
      }
    },
  });
  return Object.assign(github, { violations });
}

export function violationsOf(exchange: Exchange): string[] {
  const { method, path, requestBody, status, body } = exchange;
  const found = path === '/graphql' ? graphqlViolations(exchange) : restViolations(exchange);
  // Faults are not seen here: this is a defect of the fake.
  if (status >= 500) found.push(`the answer is ${status}: ${JSON.stringify(body)}`);
  const sent = requestBody === undefined ? '' : ` ${JSON.stringify(requestBody).slice(0, 200)}`;
  return found.map(what => `${method} ${path}${sent}: ${what}`);
}

function graphqlViolations({ requestBody }: Exchange): string[] {
  const isKnown = JSON.stringify(requestBody) === JSON.stringify(GRAPHQL);
  return isKnown ? [] : [`the query is another than ${JSON.stringify(GRAPHQL)}`];
}

function restViolations({ method, path, requestHeaders, requestBody, status, body }: Exchange): string[] {
  const backend = description();
  const request = {
    method,
    path,
    headers: requestHeaders as Record<string, string | string[]>,
    ...(requestBody === undefined ? {} : { body: requestBody }),
  };
  const operation = backend.router.matchOperation(request);
  if (!operation?.operationId) return ['the description has no such endpoint'];
  const asked = backend.validator.validateRequest(request, operation);
  const found = told('request', asked.errors);
  // What does not fit the description is refused, so that sending it on purpose and being refused is nothing new.
  const response = operation.responses?.[status];
  if (response === undefined) return status < 300 ? [...found, `an answer ${status} is not described`] : found;
  if (!('content' in response) || !response.content) {
    // Some errors are described by their status alone.
    return body === undefined || status >= 300 ? found : [...found, `an answer ${status} has no body`];
  }
  const answered = backend.validator.validateResponse(body, operation, status);
  return [...found, ...told(`answer ${status}`, answered.errors)];
}

interface Fault {
  instancePath: string;
  message?: string;
  params?: object;
}

function told(what: string, errors: readonly Fault[] | null | undefined): string[] {
  return (errors ?? []).map(
    ({ instancePath, message, params }) => `${what}${instancePath} ${message} ${JSON.stringify(params)}`,
  );
}

/** The description, with its validators made when first needed. */
function description(): OpenAPIBackend {
  if (opened) return opened;
  const definition = JSON.parse(readFileSync(new URL('openapi.json', import.meta.url), 'utf8'));
  eachSchema(definition, close);
  eachSchema(definition, allowNull);
  amend(definition.components.schemas);
  opened = new OpenAPIBackend({ definition: definition as Document, quick: true, customizeAjv: withFormats });
  void opened.init();
  return opened;
}

/** What GitHub answers although its description does not say so. */
function amend(schemas: Record<string, { properties: Record<string, Record<string, unknown>> }>): void {
  const property = (schema: string, name: string) => schemas[schema]?.properties[name] ?? {};
  // GitHub's own verdict on a check that nobody moved for two weeks.
  property('check-run', 'conclusion')['enum'] = [...(property('check-run', 'conclusion')['enum'] as string[]), 'stale'];
  Object.assign(schemas['validation-error']?.properties ?? {}, { status: { type: 'string' } });
  for (const schema of ['pull-request', 'pull-request-simple']) {
    // A fork may be gone.
    const head = property(schema, 'head')['properties'] as Record<string, unknown>;
    head['repo'] = { anyOf: [head['repo'], { enum: [null] }] };
  }
}

/** GitHub ignores what it does not know; here a misspelt property is to be found, and the fake is to invent none. */
function close(schema: Record<string, unknown>): void {
  if (schema['type'] === 'object' && schema['properties']) schema['additionalProperties'] ??= false;
}

/** The description says `nullable` of an enumeration without null, and of choices without a type. */
function allowNull(schema: Record<string, unknown>): void {
  if (schema['nullable'] !== true) return;
  if (Array.isArray(schema['enum'])) schema['enum'] = [...schema['enum'], null];
  if (schema['type'] !== undefined || !Array.isArray(schema['anyOf'])) return;
  schema['anyOf'] = [...schema['anyOf'], { enum: [null] }];
  delete schema['nullable'];
}

function eachSchema(node: unknown, change: (schema: Record<string, unknown>) => void): void {
  if (typeof node !== 'object' || node === null) return;
  change(node as Record<string, unknown>);
  for (const child of Object.values(node)) eachSchema(child, change);
}

/** An address that was not given is told as an empty text. */
const withFormats: AjvCustomizer = ajv =>
  ajv
    .addFormat('date-time', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
    .addFormat('uri', (text: string) => text === '' || URL.canParse(text));
