// What `new WebSocket(url, …)` takes besides the URL, to sign in with a token: the three ways that a server accepts.
// Browsers can set no headers, so there it is a subprotocol, or a ticket, which is for one connection and of no use
// afterwards.

const { WATCHROOM_TOKEN: token, WATCHROOM_TOKEN_AS: tokenAs } = globalThis.process?.env ?? {};

export async function credential(url) {
  const headers = { Authorization: `Bearer ${token}` };
  if (!token) return [];
  if (tokenAs === 'header') return { headers };
  if (tokenAs !== 'ticket') return ['watchroom.v1', `watchroom.token.${token}`];
  const api = new URL('api/v1/auth/ticket', url.replace(/^ws/, 'http'));
  const response = await fetch(api, { method: 'POST', headers });
  const { ticket, error } = await response.json();
  if (error) throw new Error(error);
  return ['watchroom.v1', `watchroom.ticket.${ticket}`];
}
