// Questions to the server that this page came from, and its refusals as errors of one kind.

/** What a problem document says (RFC 9457), or that nobody answered. */
export class Refusal extends Error {
  constructor(detail, status = 0, code = "no_answer") {
    super(detail)
    this.status = status
    this.code = code
  }
}

/** ask("v1/latest", { signal: ["a", "b"] }): parameters of null are left out. */
export async function ask(path, parameters = {}, { signal: stopped, patience = 15_000 } = {}) {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(parameters)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== null && one !== undefined) query.append(name, one)
    }
  }
  const address = query.size > 0 ? `${path}?${query}` : path
  const limit = AbortSignal.timeout(patience)
  let response
  try {
    response = await fetch(address, {
      headers: { accept: "application/json" },
      signal: stopped ? AbortSignal.any([stopped, limit]) : limit,
    })
  } catch (error) {
    if (stopped?.aborted) throw error
    throw new Refusal("the server does not answer")
  }
  if (response.ok) return response.json()
  let problem = {}
  try {
    problem = await response.json()
  } catch { /* not from our server: a proxy, perhaps */ }
  throw new Refusal(
    problem.detail ?? `the server answers ${response.status}`,
    response.status,
    problem.code ?? "unknown",
  )
}
