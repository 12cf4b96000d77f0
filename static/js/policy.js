// The content security policies in the page's own head. Fetched only where there is one.

const DIRECTIVES = { image: "img-src", script: "script-src", style: "style-src", fetch: "connect-src" };

/** The types of baits that a policy in the page forbids. What isn't understood is forbidden: a
 * bait that isn't sent is no harm, and one that is refused shows in the reader's console.
 * @param {string} nonce @returns {string} */
export const forbidden = (nonce) => {
  /** @type {NodeListOf<HTMLMetaElement>} */
  const policies = document.querySelectorAll('head>meta[http-equiv="content-security-policy" i]');
  const allowed = ["'self'", "*", "https:", "http:", location.host, location.origin];
  /** @param {string} policy @param {string} name */
  const sourcesOf = (policy, name) => {
    const directives = policy.split(";").map((directive) => directive.trim().split(/\s+/));
    /** @param {string} wanted */
    const find = (wanted) => directives.find(([directive]) => directive?.toLowerCase() === wanted);
    return find(name + "-elem") ?? find(name) ?? find("default-src");
  };
  const refuses = (/** @type {string} */ policy, /** @type {string} */ name) => {
    const sources = sourcesOf(policy, name);
    const trusted = nonce && name !== "img-src" && name !== "connect-src" ? `'nonce-${nonce}'` : "*";
    return !!sources && !sources.some((source) => allowed.includes(source) || source === trusted);
  };
  return Object.entries(DIRECTIVES)
    .filter(([, name]) => [...policies].some(({ content }) => refuses(content, name)))
    .map(([type]) => type)
    .join();
};
