/** @module Base URLs of servers. */

/**
 * The URL of a server.
 *
 * @throws {TypeError} When it is none.
 */
export function checkedEndpoint(endpoint: string): URL {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : null;
  if (
    url === null || !/^https?:$/.test(url.protocol) || url.search !== "" || url.username !== ""
  ) {
    // Not repeated: it may hold a secret.
    throw new TypeError(
      "Cannot use the endpoint: it is not an http: or https: URL without user and query",
    );
  }
  return url;
}
