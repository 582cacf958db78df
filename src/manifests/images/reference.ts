/** A reference to an image, taken apart: `registry:5000/team/app:v2@sha256:…`. */
export interface ImageReference {
  /** Everything before the tag and the digest, as it was written. */
  repository: string;
  tag?: string;
  digest?: string;
}

// Grammar of distribution/reference: a registry, then components of lower case, each with single separators inside.
const COMPONENT = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const HOST_LABEL = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])';
const REGISTRY = `(?:${HOST_LABEL}(?:\\.${HOST_LABEL})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?`;
const REPOSITORY = new RegExp(`^(?:${REGISTRY}/)?${COMPONENT}(?:/${COMPONENT})*$`);
const TAG = /^\w[\w.-]{0,127}$/;
const DIGEST =
  /^(?:sha256:[a-f0-9]{64}|(?!sha256:)[a-zA-Z][a-zA-Z0-9]*(?:[-_+.][a-zA-Z][a-zA-Z0-9]*)*:[a-fA-F0-9]{32,})$/;
const MAX_REPOSITORY = 255;

/** Undefined where the text is no reference. */
export function parseReference(text: string): ImageReference | undefined {
  const at = text.indexOf('@');
  const named = at < 0 ? text : text.slice(0, at);
  const digest = at < 0 ? undefined : text.slice(at + 1);
  // A colon before the last slash is that of the registry's port.
  const colon = named.indexOf(':', named.lastIndexOf('/') + 1);
  const repository = colon < 0 ? named : named.slice(0, colon);
  const tag = colon < 0 ? undefined : named.slice(colon + 1);
  if (repository.length > MAX_REPOSITORY || !REPOSITORY.test(repository)) return undefined;
  if (tag !== undefined && !TAG.test(tag)) return undefined;
  if (digest !== undefined && !DIGEST.test(digest)) return undefined;
  return { repository, ...(tag === undefined ? {} : { tag }), ...(digest === undefined ? {} : { digest }) };
}

export function formatReference({ repository, tag, digest }: ImageReference): string {
  return `${repository}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
}

/** The full name by which repositories are compared: `nginx` is `docker.io/library/nginx`, as every container runtime reads it. */
export function canonicalRepository(repository: string): string {
  const slash = repository.indexOf('/');
  const first = slash < 0 ? '' : repository.slice(0, slash);
  const isRegistry = /[.:A-Z]/.test(first) || first === 'localhost';
  const registry = !isRegistry || first === 'index.docker.io' ? 'docker.io' : first.toLowerCase();
  const path = isRegistry ? repository.slice(slash + 1) : repository;
  return registry === 'docker.io' && !path.includes('/') ? `docker.io/library/${path}` : `${registry}/${path}`;
}
