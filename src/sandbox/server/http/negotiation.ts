import { failure } from '../statuses.ts';

export type View = 'object' | 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList';

export interface Negotiated {
  format: 'json' | 'yaml';
  view: View;
  /** Version of meta.k8s.io that the view was asked in. */
  version: 'v1' | 'v1beta1';
  /** How much of each object a Table's rows carry. */
  rows: 'None' | 'Metadata' | 'Object';
}

interface MediaRange {
  type: string;
  parameters: Readonly<Record<string, string>>;
  quality: number;
}

/** The media ranges of an Accept header, most wanted first. */
export function mediaRanges(accept: string): MediaRange[] {
  return accept
    .split(',')
    .map(range => {
      const [type = '', ...rest] = range.split(';').map(part => part.trim());
      const parameters = Object.fromEntries(
        rest.map(parameter => {
          const [key = '', value = ''] = parameter.split('=', 2);
          return [key, value] as const;
        }),
      );
      return { type: type.toLowerCase(), parameters, quality: Number(parameters['q'] ?? 1) };
    })
    .filter(range => range.type !== '')
    .sort((a, b) => b.quality - a.quality);
}

const PROTOBUF = ['application/vnd.kubernetes.protobuf', 'application/vnd.kubernetes.protobuf;stream=watch'];
const JSON_TYPES = new Set(['application/json', '*/*', 'application/*']);

function isView(as: string): as is View {
  return as === 'Table' || as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList';
}

/** Chooses how to answer; refuses with 406 what the server does not speak. Protobuf is passed over where the client takes JSON too. */
export function negotiate(accept: string | undefined, query?: URLSearchParams): Negotiated {
  const included = query?.get('includeObject');
  const rows = included === 'None' || included === 'Object' ? included : 'Metadata';
  const ranges = mediaRanges(accept || 'application/json');
  for (const { type, parameters } of ranges) {
    const format = JSON_TYPES.has(type) ? 'json' : type === 'application/yaml' ? 'yaml' : undefined;
    if (!format) continue;
    const { as, g, v } = parameters;
    if (as === undefined) return { format, view: 'object', version: 'v1', rows };
    if (isView(as) && g === 'meta.k8s.io' && (v === 'v1' || v === 'v1beta1'))
      return { format, view: as, version: v, rows };
  }
  const spoken = ['application/json', 'application/yaml', PROTOBUF[0], 'application/json;stream=watch', PROTOBUF[1]];
  throw failure(406, 'NotAcceptable', `406: Not Acceptable\n\nAvailable representations: ${spoken.join(', ')}`, {});
}
