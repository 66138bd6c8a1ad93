/** The null arm: the same fixed bytes for every request, unread. */
const BODY = '{"prediction":0}';

export default {
  fetch: () => new Response(BODY, { headers: { 'Content-Type': 'application/json' } }),
};
