/** Whoever may use this page gets a token for the router; how it is made is between you and the router's operator. */
export async function POST() {
  return new Response(process.env.NOMYO_SHORT_LIVED_TOKEN ?? '', { headers: { 'cache-control': 'no-store' } })
}
