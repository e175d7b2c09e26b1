/** Does what a person does on the consent page: keeps every box ticked and presses "Allow". */
export async function allowOnConsentPage(url: string): Promise<string> {
  const page = await fetch(url, { redirect: 'manual' })
  const html = await page.text()
  if (page.status !== 200) throw new Error(`the consent page answered ${page.status}`)
  const form = new URLSearchParams({ decision: 'allow' })
  for (const [input] of html.matchAll(/<input\b[^>]*>/g)) {
    const name = attribute(input, 'name')
    const chosen = /type="hidden"/.test(input) || /\bchecked\b/.test(input)
    if (name !== null && chosen) form.append(name, attribute(input, 'value') ?? '')
  }
  const action = attribute(/<form\b[^>]*>/.exec(html)?.[0] ?? '', 'action') ?? ''
  const answer = await fetch(new URL(action, url), { method: 'POST', body: form, redirect: 'manual' })
  const redirect = answer.headers.get('location')
  if (redirect === null) throw new Error(`the consent page did not send us back (${answer.status})`)
  return redirect
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" }

function attribute(tag: string, name: string): string | null {
  const value = new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1]
  return value?.replace(/&(amp|lt|gt|quot|#39);/g, (whole, key: string) => ENTITIES[key] ?? whole) ?? null
}
