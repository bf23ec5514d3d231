const SECRET_NAMES = /^(api[-_]?key|apikey|key|token|access_token|c|crumb|secret|signature|password|authorization)$/i;

/** The URL for logs: keys, user parts and the parameters named `secret` are blotted out. */
export function redactUrl(url: URL, key: string | undefined, secret: readonly string[] = []): string {
  const shown = new URL(url);
  shown.username = '';
  shown.password = '';
  for (const [name, value] of [...shown.searchParams]) {
    if (SECRET_NAMES.test(name) || secret.includes(name) || (key !== undefined && key !== '' && value.includes(key))) shown.searchParams.set(name, '***');
  }
  return redactText(shown.toString(), key);
}

/** A text of the source, or of an error, without the key. */
export function redactText(text: string, key: string | undefined): string {
  if (key === undefined || key === '') return text;
  return text.replaceAll(key, '***').replaceAll(encodeURIComponent(key), '***');
}
