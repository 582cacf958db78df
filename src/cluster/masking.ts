/** Tells the runner a secret, so that no log shows it in any form. */
export type Mask = (secret: string) => void;

const PEM_BOUNDARY = /^-----(BEGIN|END) [A-Z0-9 ]+-----$/;

/** Hands the secret on in each form that might turn up in a log: as it is, line by line, and in base64. */
export function maskForms(mask: Mask, secret: string): void {
  const text = secret.trim();
  if (text === '') return;
  const bytes = Buffer.from(text);
  const lines = text.split(/\r?\n/).filter(line => line !== '' && !PEM_BOUNDARY.test(line));
  const encoded = [secret, text].map(form => Buffer.from(form).toString('base64'));
  for (const form of new Set([text, ...lines, ...encoded, bytes.toString('base64url')])) mask(form);
}

/** The text without the secrets, for words of others (the standard error of a plugin) that become part of a message. */
export function withoutSecrets(text: string, secrets: Iterable<string>): string {
  let safe = text;
  for (const secret of secrets) if (secret.length >= 4) safe = safe.replaceAll(secret, '***');
  // What looks like a JSON web token is one, whoever printed it.
  return safe.replace(/eyJ[\w-]{10,}(\.[\w-]+){1,2}/g, '***');
}
