import { EnvHttpProxyAgent, fetch as undiciFetch } from 'undici';

/** `fetch` for addresses outside the cluster; goes through the proxy that HTTPS_PROXY, HTTP_PROXY and NO_PROXY name, which Node's own does not. */
export function webFetch(): typeof fetch {
  const dispatcher = new EnvHttpProxyAgent();
  // undici's types and Node's describe one interface in two packages.
  return ((input: string | URL, init?: object) =>
    undiciFetch(input, { ...init, dispatcher })) as unknown as typeof fetch;
}
